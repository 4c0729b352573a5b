"""The pages of partners: their settings, the rate card with its search, KPI rules, the finance dashboard, reports."""
