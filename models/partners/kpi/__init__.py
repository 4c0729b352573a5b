"""KPIs of orders: the minutes of a job, targets, evaluation, and what a rule of the partner makes of it."""
