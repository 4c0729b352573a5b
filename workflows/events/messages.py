"""The input of the delivery of webhooks."""

from workflows.runtime.start_input import StartInput


class DeliveryStart(StartInput):
    """The lane whose deliveries are sent: one invoice's to one endpoint."""

    endpoint_id: str
    invoice_id: str
