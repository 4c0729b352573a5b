"""What operators see of one invoice in the Web UI: its search attributes and its current details."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice import current_details
    from models.invoice.effects import Effect, EffectName, FailedAttempt
    from models.invoice.invoice import Invoice
    from models.invoice.revision import cut
    from workflows.invoice import search_attributes
    from workflows.invoice.effects import activity_type

ERROR_LENGTH = 300
_ACTIVITY_TYPES = frozenset(map(activity_type, EffectName))


class WebUi:
    """The search attributes and the details of one run."""

    def __init__(self) -> None:
        self._shown: dict[str, object] = {}
        self._failed: dict[str, FailedAttempt] = {}  # by activity type; a channel executes one effect at a time
        self.is_stale = False

    def update(self, invoice: Invoice, stopped: str | None) -> None:
        """Set the search attributes that have changed, in one call, and mark the details as stale."""
        self.is_stale = True
        shown = search_attributes.values(invoice, stopped=stopped is not None)
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown

    def show_details(self, invoice: Invoice, stopped: str | None) -> None:
        """Set the current details. They cost no event."""
        attempts = ((effect.key, self._failed.get(activity_type(effect.name))) for effect in invoice.open_effects)
        failed = {key: each for key, each in attempts if each}
        workflow.set_current_details(current_details.current_details(invoice, stopped, failed))
        self.is_stale = False

    def add_failed_attempt(self, report: Any) -> None:
        """Remember a failed attempt that an activity reports. Raises ValidationError if it is not a report."""
        attempt = FailedAttempt.model_validate(report)
        if attempt.activity in _ACTIVITY_TYPES:
            self._failed[attempt.activity] = attempt.model_copy(update={"error": cut(attempt.error, ERROR_LENGTH)})
            self.is_stale = True

    def forget_failed_attempts(self, effect: Effect) -> None:
        """Forget the failed attempts of an effect whose execution has ended."""
        self._failed.pop(activity_type(effect.name), None)
