"""The updates of an invoice, one for each command.

An update returns the command's result. A refusal by the validator adds no event to the history.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import (
        Accept,
        Approve,
        CheckFacts,
        Decline,
        Deliver,
        Discard,
        Edit,
        Finalize,
        Hold,
        MarkUploaded,
        RecordPayment,
        RecordPortalStatus,
        Regenerate,
        Reject,
        Release,
        Reopen,
        ResolveEffect,
        RetryEffect,
        ReversePayment,
        SubmitSignature,
        SyncPlanfact,
        TakeIn,
        Undo,
        Void,
        WriteOff,
    )
    from workflows.invoice.command_handlers import CommandHandlers, description
    from workflows.invoice.messages import Answer


class CommandUpdates(CommandHandlers):
    """The update handlers and their validators."""

    @workflow.update(name="edit", description=description(Edit))
    async def edit(self, command: Edit) -> Answer:
        return await self.execute(command)

    @edit.validator
    def validate_edit(self, command: Edit) -> None:
        self.validate(command)

    @workflow.update(name="undo", description=description(Undo))
    async def undo(self, command: Undo) -> Answer:
        return await self.execute(command)

    @undo.validator
    def validate_undo(self, command: Undo) -> None:
        self.validate(command)

    @workflow.update(name="regenerate", description=description(Regenerate))
    async def regenerate(self, command: Regenerate) -> Answer:
        return await self.execute(command)

    @regenerate.validator
    def validate_regenerate(self, command: Regenerate) -> None:
        self.validate(command)

    @workflow.update(name="check_facts", description=description(CheckFacts))
    async def check_facts(self, command: CheckFacts) -> Answer:
        return await self.execute(command)

    @check_facts.validator
    def validate_check_facts(self, command: CheckFacts) -> None:
        self.validate(command)

    @workflow.update(name="take_in", description=description(TakeIn))
    async def take_in(self, command: TakeIn) -> Answer:
        return await self.execute(command)

    @take_in.validator
    def validate_take_in(self, command: TakeIn) -> None:
        self.validate(command)

    @workflow.update(name="finalize", description=description(Finalize))
    async def finalize(self, command: Finalize) -> Answer:
        return await self.execute(command)

    @finalize.validator
    def validate_finalize(self, command: Finalize) -> None:
        self.validate(command)

    @workflow.update(name="approve", description=description(Approve))
    async def approve(self, command: Approve) -> Answer:
        return await self.execute(command)

    @approve.validator
    def validate_approve(self, command: Approve) -> None:
        self.validate(command)

    @workflow.update(name="decline", description=description(Decline))
    async def decline(self, command: Decline) -> Answer:
        return await self.execute(command)

    @decline.validator
    def validate_decline(self, command: Decline) -> None:
        self.validate(command)

    @workflow.update(name="reopen", description=description(Reopen))
    async def reopen(self, command: Reopen) -> Answer:
        return await self.execute(command)

    @reopen.validator
    def validate_reopen(self, command: Reopen) -> None:
        self.validate(command)

    @workflow.update(name="deliver", description=description(Deliver))
    async def deliver(self, command: Deliver) -> Answer:
        return await self.execute(command)

    @deliver.validator
    def validate_deliver(self, command: Deliver) -> None:
        self.validate(command)

    @workflow.update(name="mark_uploaded", description=description(MarkUploaded))
    async def mark_uploaded(self, command: MarkUploaded) -> Answer:
        return await self.execute(command)

    @mark_uploaded.validator
    def validate_mark_uploaded(self, command: MarkUploaded) -> None:
        self.validate(command)

    @workflow.update(name="accept", description=description(Accept))
    async def accept(self, command: Accept) -> Answer:
        return await self.execute(command)

    @accept.validator
    def validate_accept(self, command: Accept) -> None:
        self.validate(command)

    @workflow.update(name="reject", description=description(Reject))
    async def reject(self, command: Reject) -> Answer:
        return await self.execute(command)

    @reject.validator
    def validate_reject(self, command: Reject) -> None:
        self.validate(command)

    @workflow.update(name="record_payment", description=description(RecordPayment))
    async def record_payment(self, command: RecordPayment) -> Answer:
        return await self.execute(command)

    @record_payment.validator
    def validate_record_payment(self, command: RecordPayment) -> None:
        self.validate(command)

    @workflow.update(name="reverse_payment", description=description(ReversePayment))
    async def reverse_payment(self, command: ReversePayment) -> Answer:
        return await self.execute(command)

    @reverse_payment.validator
    def validate_reverse_payment(self, command: ReversePayment) -> None:
        self.validate(command)

    @workflow.update(name="write_off", description=description(WriteOff))
    async def write_off(self, command: WriteOff) -> Answer:
        return await self.execute(command)

    @write_off.validator
    def validate_write_off(self, command: WriteOff) -> None:
        self.validate(command)

    @workflow.update(name="void", description=description(Void))
    async def void(self, command: Void) -> Answer:
        return await self.execute(command)

    @void.validator
    def validate_void(self, command: Void) -> None:
        self.validate(command)

    @workflow.update(name="discard", description=description(Discard))
    async def discard(self, command: Discard) -> Answer:
        return await self.execute(command)

    @discard.validator
    def validate_discard(self, command: Discard) -> None:
        self.validate(command)

    @workflow.update(name="hold", description=description(Hold))
    async def hold(self, command: Hold) -> Answer:
        return await self.execute(command)

    @hold.validator
    def validate_hold(self, command: Hold) -> None:
        self.validate(command)

    @workflow.update(name="release", description=description(Release))
    async def release(self, command: Release) -> Answer:
        return await self.execute(command)

    @release.validator
    def validate_release(self, command: Release) -> None:
        self.validate(command)

    @workflow.update(name="retry_effect", description=description(RetryEffect))
    async def retry_effect(self, command: RetryEffect) -> Answer:
        return await self.execute(command)

    @retry_effect.validator
    def validate_retry_effect(self, command: RetryEffect) -> None:
        self.validate(command)

    @workflow.update(name="resolve_effect", description=description(ResolveEffect))
    async def resolve_effect(self, command: ResolveEffect) -> Answer:
        return await self.execute(command)

    @resolve_effect.validator
    def validate_resolve_effect(self, command: ResolveEffect) -> None:
        self.validate(command)

    @workflow.update(name="sync_planfact", description=description(SyncPlanfact))
    async def sync_planfact(self, command: SyncPlanfact) -> Answer:
        return await self.execute(command)

    @sync_planfact.validator
    def validate_sync_planfact(self, command: SyncPlanfact) -> None:
        self.validate(command)

    @workflow.update(name="submit_signature", description=description(SubmitSignature))
    async def submit_signature(self, command: SubmitSignature) -> Answer:
        return await self.execute(command)

    @submit_signature.validator
    def validate_submit_signature(self, command: SubmitSignature) -> None:
        self.validate(command)

    @workflow.update(name="record_portal_status", description=description(RecordPortalStatus))
    async def record_portal_status(self, command: RecordPortalStatus) -> Answer:
        return await self.execute(command)

    @record_portal_status.validator
    def validate_record_portal_status(self, command: RecordPortalStatus) -> None:
        self.validate(command)
