"""The tables with the columns of a real installation, which lacks the optional ones."""

from clickhouse_connect.driver.client import Client

KNOWN_TABLES = {
    "cdm.jira_applications": """application_key String, customer_key String, status String, application_name String,
        description String, start_date Date, finish_date Nullable(Date), deal_amount Decimal(18, 2), deal_type String,
        monthly_limit Nullable(UInt32), hourly_rate Decimal(18, 2), currency String, invoice_amount Decimal(18, 2),
        agreement_date Nullable(Date), agreement_number Nullable(String), labels String""",
    "cdm.jira_customers": """customer_key String, company_name String, company_type String, address String,
        tin String, ccea String, swift_bic String, account_number String""",
    "cdm.jira_contacts": "customer_key String, name String, email String, phone Nullable(String)",
    "tempo.worklogs_flat": """duration_seconds UInt32, account_id String, user_name String, start_date Date,
        project_label String, issue_key String""",
    "jira.jira_issues": "issue_key String, issue_type String, priority String, project_label String, summary String",
}


def create_tables(client: Client) -> None:
    for table, columns in KNOWN_TABLES.items():
        client.command(f"CREATE DATABASE IF NOT EXISTS {table.split('.')[0]}")
        client.command(f"CREATE TABLE {table} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
