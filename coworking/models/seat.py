"""Numbered seats, their positions on the plan of their service, and the items drawn around them.

The plan is WIDTH × HEIGHT units of ten centimetres. `x` and `y` are the centre of an item, `turn` is in degrees.
"""

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coworking.models.service import Service
from olvery.shared.fields import EnumField

WIDTH, HEIGHT = 84, 62
SEAT_SIZE = 4
TURN_STEP, LAST_TURN = 15, 345
USUAL_OPACITY = 40  # opacity of a picture under the seats, per cent


class TurnField(models.PositiveSmallIntegerField):
    """A clockwise rotation in degrees, in steps of fifteen."""

    default_validators = [
        MaxValueValidator(LAST_TURN),
        StepValueValidator(TURN_STEP, message=_("Turn in steps of 15°.")),
    ]


def _is_turned_by_steps() -> Q:
    return Q(turn__in=list(range(0, LAST_TURN + 1, TURN_STEP)))


class Seat(models.Model):
    """A numbered place of a service: a desk in the quiet zone, a meeting room."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="seats", verbose_name=_("service"))
    label = models.CharField(_("number"), max_length=20)
    note = models.CharField(_("note"), max_length=60, blank=True, help_text=_("«for 6 people, screen»"))
    table = models.PositiveSmallIntegerField(_("table on the plan"), default=1)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    x = models.PositiveSmallIntegerField(
        _("from the left, ×10 cm"),
        null=True,
        blank=True,
        validators=[MinValueValidator(SEAT_SIZE // 2), MaxValueValidator(WIDTH - SEAT_SIZE // 2)],
    )
    y = models.PositiveSmallIntegerField(
        _("from above, ×10 cm"),
        null=True,
        blank=True,
        validators=[MinValueValidator(SEAT_SIZE // 2), MaxValueValidator(HEIGHT - SEAT_SIZE // 2)],
    )
    turn = TurnField(_("turned, °"), default=0, db_default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(fields=["service", "label"], name="seat_label_once_a_service"),
            models.CheckConstraint(
                condition=Q(x__isnull=True, y__isnull=True)
                | Q(
                    x__isnull=False,
                    y__isnull=False,
                    x__range=(SEAT_SIZE // 2, WIDTH - SEAT_SIZE // 2),
                    y__range=(SEAT_SIZE // 2, HEIGHT - SEAT_SIZE // 2),
                ),
                name="seat_stands_on_the_plan",
                violation_error_message=_("A seat on the plan needs both distances."),
            ),
            models.CheckConstraint(condition=_is_turned_by_steps(), name="seat_turned_by_steps"),
        ]

    def __str__(self) -> str:
        return self.label


class PlanItem(models.Model):
    """A table, a wall, a door, a label or a picture on the plan: it helps to find a seat, nothing refers to it."""

    class Kind(models.TextChoices):
        TABLE = "table", _("Table")
        WALL = "wall", _("Wall")
        DOOR = "door", _("Door")
        TEXT = "text", _("Words")
        PICTURE = "picture", _("Background picture")

    service = models.ForeignKey(Service, models.CASCADE, related_name="plan_items", verbose_name=_("service"))
    kind = EnumField(Kind, _("kind"), max_length=10)
    text = models.CharField(_("words"), max_length=40, blank=True)
    x = models.PositiveSmallIntegerField(_("from the left, ×10 cm"), validators=[MaxValueValidator(WIDTH)])
    y = models.PositiveSmallIntegerField(_("from above, ×10 cm"), validators=[MaxValueValidator(HEIGHT)])
    width = models.PositiveSmallIntegerField(
        _("width, ×10 cm"), default=14, validators=[MinValueValidator(1), MaxValueValidator(WIDTH)]
    )
    height = models.PositiveSmallIntegerField(
        _("depth, ×10 cm"), default=2, validators=[MinValueValidator(1), MaxValueValidator(HEIGHT)]
    )
    turn = TurnField(_("turned, °"), default=0)
    # Only for a picture, which lies under everything else.
    picture = models.ForeignKey(
        "coworking.Picture", models.PROTECT, null=True, blank=True, related_name="plan_items", verbose_name=_("picture")
    )
    opacity = models.PositiveSmallIntegerField(
        _("visible, %"),
        default=USUAL_OPACITY,
        db_default=USUAL_OPACITY,
        validators=[MinValueValidator(5), MaxValueValidator(100)],
    )
    is_in_forms = models.BooleanField(_("shown in order forms"), default=False, db_default=False)

    class Meta:
        verbose_name = _("item of a plan")
        verbose_name_plural = _("items of a plan")
        constraints = [
            models.CheckConstraint(
                condition=Q(x__lte=WIDTH, y__lte=HEIGHT, width__range=(1, WIDTH), height__range=(1, HEIGHT)),
                name="plan_item_stands_on_the_plan",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["table", "wall", "door", "text"], picture__isnull=True)
                | Q(kind="picture", picture__isnull=False),
                name="plan_item_of_a_known_kind",
            ),
            models.CheckConstraint(condition=Q(opacity__range=(5, 100)), name="plan_item_can_be_seen"),
            models.UniqueConstraint(
                fields=["service"], condition=Q(kind="picture"), name="plan_item_one_picture_a_service"
            ),
            models.CheckConstraint(condition=_is_turned_by_steps(), name="plan_item_turned_by_steps"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.get_kind_display()), self.text)))
