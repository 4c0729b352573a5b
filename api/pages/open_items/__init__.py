"""The page of the open items: what is owed, by currency, customer and age, and item by item."""
