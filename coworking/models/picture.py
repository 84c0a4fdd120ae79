"""Pictures that people upload: re-encoded files as rows, and the photos of locations and services."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from coworking.models.location import Location
from coworking.models.seat import PlanItem
from coworking.models.service import Service

MOST_PHOTOS = 10  # of a service, or of a location itself


class Picture(models.Model):
    """An uploaded picture, in `widths`; `width` and `height` are those of the largest. `digest` is that of its files.

    The same upload gives the same digest, so that a URL never shows anything else.
    """

    digest = models.CharField(_("digest"), max_length=32, db_index=True)
    width = models.PositiveSmallIntegerField(_("width, pixels"))
    height = models.PositiveSmallIntegerField(_("height, pixels"))
    widths = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("widths, pixels"))

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{32}$"), name="picture_digest_is_hexadecimal"),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, widths__len__gte=1, widths__contains=[models.F("width")]),
                name="picture_has_a_size",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

    @property
    def smallest(self) -> int:
        """The smallest of its widths."""
        return min(self.widths)


class PictureFileQuerySet(models.QuerySet["PictureFile"]):
    """Named queries on the files of pictures."""

    def at(self, digest: str, width: int) -> "PictureFileQuerySet":
        """Return the files at a URL; equal pictures have several."""
        return self.filter(picture__digest=digest, width=width)

    def open_to_all(self) -> "PictureFileQuerySet":
        """Return the photos, and the pictures that order forms show under the seats."""
        photos = Photo.objects.filter(picture=OuterRef("picture"))
        plans = PlanItem.objects.filter(picture=OuterRef("picture"), is_in_forms=True)
        return self.filter(Exists(photos) | Exists(plans))

    def of_plan(self, service_id: int) -> "PictureFileQuerySet":
        """Return the pictures under the seats of a service."""
        return self.filter(picture__plan_items__service=service_id)

    def content(self) -> bytes | None:
        """Return the content of one of them."""
        found = self.values_list("content", flat=True).first()
        return None if found is None else bytes(found)


class PictureFile(models.Model):
    """A picture in one of its widths, as WebP. Only read by its URL, so that no list carries the bytes."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="files", verbose_name=_("picture"))
    width = models.PositiveSmallIntegerField(_("width, pixels"))
    content = models.BinaryField(_("content"))

    objects = PictureFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a picture")
        verbose_name_plural = _("files of pictures")
        constraints = [
            models.UniqueConstraint(fields=["picture", "width"], name="picture_file_once_a_width"),
        ]

    def __str__(self) -> str:
        return str(self.width)


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Named queries on photos."""

    def of(self, location: Location, service: Service | None) -> "PhotoQuerySet":
        """Return the photos of a service, or of the location if None, in the order shown."""
        owner = Q(service=service) if service else Q(location=location)
        return self.filter(owner).select_related("picture").order_by("position", "pk")


class Photo(models.Model):
    """A photo of a service or of a location itself, with an alternative text."""

    service = models.ForeignKey(
        Service, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("service")
    )
    location = models.ForeignKey(
        Location, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("location")
    )
    picture = models.OneToOneField(Picture, models.PROTECT, related_name="photo", verbose_name=_("picture"))
    alt = models.CharField(_("what it shows"), max_length=100, blank=True)
    is_decorative = models.BooleanField(_("decorative"), default=False)
    position = models.PositiveSmallIntegerField(_("order of the photos"), default=0)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.CheckConstraint(
                condition=Q(service__isnull=True, location__isnull=False)
                | Q(service__isnull=False, location__isnull=True),
                name="photo_of_a_service_or_a_location",
            ),
            models.CheckConstraint(
                condition=(Q(is_decorative=True) & Q(alt="")) | (Q(is_decorative=False) & ~Q(alt="")),
                name="photo_described_or_decorative",
                violation_error_message=_("Say what the photo shows, or tick «decorative»."),
            ),
        ]

    def __str__(self) -> str:
        return self.alt or f"№ {self.pk}"
