"""The ClickHouse tables of an installation, which a synchronisation from Jira and Tempo fills.

Worklogs are partitioned by month and ordered by label and day, so that reading a month of one contract takes a few
granules, independent of the number of contracts and years.
"""

APPLICATIONS = "cdm.jira_applications"
CUSTOMERS = "cdm.jira_customers"
CONTACTS = "cdm.jira_contacts"
WORKLOGS = "tempo.worklogs_flat"
ISSUES = "jira.jira_issues"

LOADS = "aktum_demo.loads"
"""Its existence marks the tables as demo data that may be dropped; its row describes the load."""

DATABASES = ("cdm", "tempo", "jira", "aktum_demo")

CREATE_LOADS = f"""
CREATE TABLE IF NOT EXISTS {LOADS} (fingerprint String, contracts UInt64, worklogs UInt64, issues UInt64)
ENGINE = MergeTree ORDER BY fingerprint
"""

TABLES = {
    APPLICATIONS: """(
        application_key String,
        customer_key String,
        status String,
        application_name String,
        description String,
        start_date Date,
        finish_date Nullable(Date),
        deal_amount Decimal(18, 2),
        deal_type String,
        monthly_limit Nullable(UInt32),
        hourly_rate Decimal(18, 2),
        currency String,
        invoice_amount Decimal(18, 2),
        agreement_date Nullable(Date),
        agreement_number Nullable(String),
        labels String
    ) ENGINE = MergeTree ORDER BY application_key""",
    CUSTOMERS: """(
        customer_key String,
        company_name String,
        company_type String,
        address String,
        tin String,
        ccea String,
        swift_bic String,
        account_number String,
        mfo String,
        bank_name String,
        signer_full_name String,
        country String
    ) ENGINE = MergeTree ORDER BY customer_key""",
    CONTACTS: """(
        customer_key String,
        name String,
        email String,
        phone String
    ) ENGINE = MergeTree ORDER BY (customer_key, email)""",
    WORKLOGS: """(
        worklog_id String,
        issue_key String,
        account_id String,
        user_name String,
        start_date Date,
        started_at Nullable(DateTime('UTC')),
        duration_seconds UInt32,
        project_label String
    ) ENGINE = MergeTree PARTITION BY toYYYYMM(start_date) ORDER BY (project_label, start_date)""",
    ISSUES: """(
        issue_key String,
        issue_type String,
        priority String,
        project_label String,
        summary String,
        linked_issue_key String
    ) ENGINE = MergeTree ORDER BY issue_key""",
}
