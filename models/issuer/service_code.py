"""The code of a service in the national catalogue (IKPU), which electronic acts name.

A line has the code of its own, or else that of its contract, or else that of the issuer
(docs/specification/effects.md 5.4).
"""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from models.settings.area import SettingRefused
from models.values.base_models import Frozen, Strict
from models.values.typed_values import Whole

LARGEST_MEASURE = 2_000_000_000


class ServiceCode(Frozen):
    """The code as a draft copies it: of the catalogue with a package, or else only a measure."""

    ikpu: str = ""
    ikpu_name: str = ""
    package_code: str = ""
    package_name: str = ""
    measure_id: int | None = None

    def __str__(self) -> str:
        return f"IKPU {self.ikpu}, package {self.package_code}" if self.ikpu else f"measure {self.measure_id}"


class ServiceCodeInput(Strict):
    """The code as a person enters it. All fields are empty if the next wider setting applies."""

    ikpu: Annotated[str, StringConstraints(pattern=r"^([0-9]{17})?$")] = Field(
        default="", description="the code of the service in the catalogue, 17 digits; it must be a favourite in Didox"
    )
    ikpu_name: Annotated[str, StringConstraints(max_length=500)] = Field(default="", description="as in the catalogue")
    package_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,20}$")] = Field(
        default="", description="the package of the code in the catalogue; required with `ikpu`"
    )
    package_name: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", description="as in the catalogue; required with `ikpu`"
    )
    measure_id: Annotated[Whole, Field(ge=1, le=LARGEST_MEASURE)] | None = Field(
        default=None, description="Didox's id of the unit of measure, for a service without `ikpu`"
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.ikpu:
            for name in ("ikpu_name", "package_code", "package_name"):
                if getattr(self, name):
                    raise SettingRefused(name, "belongs to a code of the catalogue; enter ikpu, or leave it empty")
            return self
        for name in ("package_code", "package_name"):
            if not getattr(self, name):
                raise SettingRefused(name, f"is required with ikpu {self.ikpu}; the catalogue lists the packages")
        if self.measure_id is not None:
            raise SettingRefused("measure_id", "is for a service without ikpu; the package tells the measure")
        return self

    @property
    def service_code(self) -> ServiceCode | None:
        """The code as drafts copy it; None if nothing is entered."""
        code = ServiceCode.model_validate({name: getattr(self, name) for name in ServiceCode.model_fields})
        return code if code != ServiceCode() else None
