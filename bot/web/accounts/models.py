"""People who sign in: staff of the clinic. Patients never do."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a member of staff may do; see docs/architecture.md for the matrix."""

    FRONT_DESK = "front_desk", "Front desk"
    CLINICIAN = "clinician", "Clinician"
    CONTENT_OWNER = "content_owner", "Content owner"
    ADMINISTRATOR = "administrator", "Administrator"


class User(AbstractUser):
    """A member of staff with one role."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.FRONT_DESK)
