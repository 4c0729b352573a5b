"""The ids of the demo company at its vendors. The stack gives them to the clients and to the sandboxes."""

TIN = "309630523"
PLANFACT_ID = "146673"
HOURLY_PRODUCT_ID = "b78ac753-0bbb-41aa-9408-b23700c9f2b4"
SUPPORT_PRODUCT_ID = "d9c144af-dd05-4f68-b136-b37100f12f8a"
TELEGRAM_CHAT = "-1001234567890"
SENDER = "invoices@proximaops.example"
