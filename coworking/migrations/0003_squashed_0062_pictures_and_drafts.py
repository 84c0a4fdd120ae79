"""Photos, what is drawn on a seat plan, and documents that are being written."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q

from coworking.models.seat import TurnField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="Picture",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("digest", models.CharField(db_index=True, max_length=32, verbose_name="digest")),
            ("width", models.PositiveSmallIntegerField(verbose_name="width, pixels")),
            ("height", models.PositiveSmallIntegerField(verbose_name="height, pixels")),
            (
                "widths",
                ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name="widths, pixels"),
            ),
        ],
        options={
            "verbose_name": "picture",
            "verbose_name_plural": "pictures",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(digest__regex="^[0-9a-f]{32}$"), name="picture_digest_is_hexadecimal"
                ),
                models.CheckConstraint(
                    condition=Q(height__gt=0, width__gt=0, widths__contains=[F("width")], widths__len__gte=1),
                    name="picture_has_a_size",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PictureFile",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("width", models.PositiveSmallIntegerField(verbose_name="width, pixels")),
            ("content", models.BinaryField(verbose_name="content")),
            (
                "picture",
                models.ForeignKey("coworking.picture", models.CASCADE, related_name="files", verbose_name="picture"),
            ),
        ],
        options={
            "verbose_name": "file of a picture",
            "verbose_name_plural": "files of pictures",
            "constraints": [models.UniqueConstraint(fields=("picture", "width"), name="picture_file_once_a_width")],
        },
    ),
    migrations.CreateModel(
        name="Photo",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("alt", models.CharField(blank=True, max_length=100, verbose_name="what it shows")),
            ("is_decorative", models.BooleanField(default=False, verbose_name="decorative")),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order of the photos")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location",
                    models.CASCADE,
                    blank=True,
                    null=True,
                    related_name="photos",
                    verbose_name="location",
                ),
            ),
            (
                "picture",
                models.OneToOneField("coworking.picture", models.PROTECT, related_name="photo", verbose_name="picture"),
            ),
            (
                "service",
                models.ForeignKey(
                    "coworking.service",
                    models.CASCADE,
                    blank=True,
                    null=True,
                    related_name="photos",
                    verbose_name="service",
                ),
            ),
        ],
        options={
            "verbose_name": "photo",
            "verbose_name_plural": "photos",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(location__isnull=False, service__isnull=True)
                    | Q(location__isnull=True, service__isnull=False),
                    name="photo_of_a_service_or_a_location",
                ),
                models.CheckConstraint(
                    condition=Q(is_decorative=True) & Q(alt="") | Q(is_decorative=False) & ~Q(alt=""),
                    name="photo_described_or_decorative",
                    violation_error_message="Say what the photo shows, or tick «decorative».",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PlanItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "service",
                models.ForeignKey(
                    "coworking.service", models.CASCADE, related_name="plan_items", verbose_name="service"
                ),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("table", "Table"),
                        ("wall", "Wall"),
                        ("door", "Door"),
                        ("text", "Words"),
                        ("picture", "Background picture"),
                    ],
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            ("text", models.CharField(blank=True, max_length=40, verbose_name="words")),
            (
                "x",
                models.PositiveSmallIntegerField(
                    validators=[MaxValueValidator(84)], verbose_name="from the left, ×10 cm"
                ),
            ),
            (
                "y",
                models.PositiveSmallIntegerField(validators=[MaxValueValidator(62)], verbose_name="from above, ×10 cm"),
            ),
            (
                "width",
                models.PositiveSmallIntegerField(
                    default=14, validators=[MinValueValidator(1), MaxValueValidator(84)], verbose_name="width, ×10 cm"
                ),
            ),
            (
                "height",
                models.PositiveSmallIntegerField(
                    default=2, validators=[MinValueValidator(1), MaxValueValidator(62)], verbose_name="depth, ×10 cm"
                ),
            ),
            ("turn", TurnField(default=0, verbose_name="turned, °")),
            (
                "picture",
                models.ForeignKey(
                    "coworking.picture",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="plan_items",
                    verbose_name="picture",
                ),
            ),
            (
                "opacity",
                models.PositiveSmallIntegerField(
                    db_default=40,
                    default=40,
                    validators=[MinValueValidator(5), MaxValueValidator(100)],
                    verbose_name="visible, %",
                ),
            ),
            ("is_in_forms", models.BooleanField(db_default=False, default=False, verbose_name="shown in order forms")),
        ],
        options={
            "verbose_name": "item of a plan",
            "verbose_name_plural": "items of a plan",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(height__range=(1, 62), width__range=(1, 84), x__lte=84, y__lte=62),
                    name="plan_item_stands_on_the_plan",
                ),
                models.CheckConstraint(
                    condition=Q(
                        turn__in=[
                            0,
                            15,
                            30,
                            45,
                            60,
                            75,
                            90,
                            105,
                            120,
                            135,
                            150,
                            165,
                            180,
                            195,
                            210,
                            225,
                            240,
                            255,
                            270,
                            285,
                            300,
                            315,
                            330,
                            345,
                        ]
                    ),
                    name="plan_item_turned_by_steps",
                ),
                models.CheckConstraint(
                    condition=Q(kind__in=["table", "wall", "door", "text"], picture__isnull=True)
                    | Q(kind="picture", picture__isnull=False),
                    name="plan_item_of_a_known_kind",
                ),
                models.CheckConstraint(condition=Q(opacity__range=(5, 100)), name="plan_item_can_be_seen"),
                models.UniqueConstraint(
                    condition=Q(kind="picture"), fields=("service",), name="plan_item_one_picture_a_service"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="DocumentDraft",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("policy", "Personal-data policy"),
                        ("offer", "Public offer"),
                        ("rules", "House rules"),
                        ("account", "Account without an order"),
                        ("advertising", "Letters about discounts and events"),
                    ],
                    max_length=12,
                    verbose_name="document",
                ),
            ),
            ("text", models.TextField(verbose_name="text")),
            ("changes", models.CharField(blank=True, max_length=300, verbose_name="what changed")),
            ("version", models.PositiveIntegerField(default=1)),
            ("edited_at", models.DateTimeField(verbose_name="when")),
            (
                "edited_by",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who"),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "draft of a document",
            "verbose_name_plural": "drafts of documents",
            "constraints": [
                models.UniqueConstraint(fields=("location", "kind"), name="document_draft_once_a_location"),
                models.CheckConstraint(
                    condition=Q(kind__in=("policy", "offer", "rules")), name="document_draft_of_a_location"
                ),
                models.CheckConstraint(condition=~Q(text=""), name="document_draft_has_a_text"),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("coworking", "0053_pictures")]

    dependencies = [("coworking", "0002_squashed_0062_services")]

    operations = [CreateTables(*TABLES)]
