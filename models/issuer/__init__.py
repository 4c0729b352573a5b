"""The company that issues invoices, its number series and its logo."""
