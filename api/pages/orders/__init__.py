"""The pages of orders: list, detail with every command, import, the queue for invoices and the batches."""
