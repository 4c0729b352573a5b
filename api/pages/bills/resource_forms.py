"""The forms of a new cloud resource and of a new allocation rule, for costs that belong to nothing known yet."""

from collections.abc import Mapping
from typing import Any, Final

from api.pages.bills import bill_words
from api.pages.forms.fields import Control, FormField
from api.pages.forms.form_page import FormPage
from api.pages.languages import N_
from models.bills.allocation.rule import TargetKind
from models.bills.matching.match import KeyKind

BACK: Final = "/bills/unmatched"
SHARES: Final = 3
_KINDS: Final = {
    "": "—",
    TargetKind.CONTRACT.value: bill_words.TARGETS[TargetKind.CONTRACT],
    TargetKind.PROJECT.value: bill_words.TARGETS[TargetKind.PROJECT],
}
RESOURCE: Final = (
    FormField("resource_key", "", Control.HIDDEN),
    FormField("resource", N_("Short name"), is_required=True, hint=N_("your own, such as web-1"), longest=60),
    FormField("provider", N_("Provider"), is_required=True, longest=60),
    FormField("provider_resource_id", N_("The provider's id"), longest=500),
    FormField("name", N_("Name"), hint=N_("as the bill's descriptions name it"), longest=200),
    FormField("size", N_("Size"), hint=N_("as the descriptions give it in parentheses"), longest=200),
    FormField("client", N_("Client key"), longest=200),
    FormField("contract", N_("Contract key"), hint=N_("under which its cost is resold"), longest=50),
    FormField("project", N_("Project"), hint=N_("bears the cost where there is no contract"), longest=200),
    FormField("owner", N_("Owner"), longest=200),
    FormField("valid_from", N_("Valid from"), Control.DAY, is_required=True),
    FormField("valid_to", N_("Valid to"), Control.DAY),
)
RULE: Final = (
    FormField("rule", N_("Short name"), is_required=True, hint=N_("your own, such as team-blue"), longest=60),
    FormField("position", N_("Position"), hint=N_("the rule with the lowest one is tried first"), longest=4),
    FormField("provider", N_("Provider"), longest=60),
    FormField("service", N_("Service"), longest=200),
    FormField("project", N_("Project"), hint=N_("of the line"), longest=200),
    FormField("tag", N_("Tag"), longest=128),
    FormField("tag_value", N_("Value of the tag"), longest=256),
    FormField("resource", N_("Resource"), hint=N_("its short name"), longest=60),
    *(
        FormField(f"{name}.{n}", label, control, options=_KINDS if control is Control.SELECT else {}, longest=200)
        for n in range(1, SHARES + 1)
        for name, label, control in (
            ("kind", N_("Bears the cost"), Control.SELECT),
            ("key", N_("Contract key or name of the project"), Control.TEXT),
            ("percent", N_("Percent"), Control.AMOUNT),
        )
    ),
    FormField("valid_from", N_("Valid from"), Control.DAY, is_required=True),
    FormField("valid_to", N_("Valid to"), Control.DAY),
)


def resource_form(resource_key: str) -> FormPage:
    return FormPage(
        label=N_("New resource"),
        busy=N_("Adding…"),
        text=N_("The resource is added to the settings, and what the bill says is settled as this resource."),
        fields=RESOURCE,
        address=f"{BACK}/resource",
        cancel=BACK,
        about=(resource_key,),
    )


def rule_form() -> FormPage:
    return FormPage(
        label=N_("Allocate by a rule"),
        busy=N_("Adding…"),
        text=N_(
            "A line that fits every condition is allocated to the shares, whose percentages add up to 100. The rule "
            "applies to bills that are matched from now on; a bill that is there is matched again from its page."
        ),
        fields=RULE,
        address=f"{BACK}/rule",
        cancel=BACK,
    )


def known_of(resource_key: str) -> dict[str, str]:
    """Return what a resource key says about its resource: the provider's id, or the name with its size."""
    kind, _, rest = resource_key.partition(":")
    if kind == KeyKind.ID:
        return {"provider_resource_id": rest}
    if kind != KeyKind.NAME:
        return {"name": ""}
    name, bracket, size = rest.rpartition(" (")
    return {"name": name, "size": size.removesuffix(")")} if bracket and rest.endswith(")") else {"name": rest}


def resource_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the API for a new resource."""
    return {name: value for name, value in values.items() if name != "resource_key"}


def rule_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the API for a new rule. The share without a percentage is the whole."""
    found = {name: value for name, value in values.items() if "." not in name}
    if str(found.get("position", "")).isdecimal():
        found["position"] = int(found["position"])
    shares = []
    for n in range(1, SHARES + 1):
        share = {name: values[f"{name}.{n}"] for name in ("kind", "key", "percent") if f"{name}.{n}" in values}
        if share:
            shares.append(share)
    return {**found, "shares": shares}


def rule_errors(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the messages by the fields of the form: those about a share stand at its fields."""
    found = {}
    for path, message in errors.items():
        parts = path.split(".")
        name = f"{parts[2]}.{int(parts[1]) + 1}" if len(parts) == 3 and parts[1].isdecimal() else path
        found["kind.1" if name == "shares" else name] = message
    return found
