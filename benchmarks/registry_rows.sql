-- A batch of the invoices of a hundred months, one for each contract and month. Most of them are closed; the
-- newest are drafts, and those of the last months and some old ones are open.
INSERT INTO invoices (
    id, workflow_id, kind, status, number, series, seq, subject_key, application_key, application_name, customer_key, customer_name,
    period_start, period_end, invoice_date, due_date, ready_on, delivered_on, paid_on, deal_type, client_type, currency, base_amount, overtime_hours,
    overtime_amount, total_hours, total_amount, paid_amount, balance, awaits_money, overdue, held, blocked, revision,
    state, created_at, updated_at
)
SELECT
    md5(n::text)::uuid::text, 'service-invoice.' || n, CASE WHEN n % 10 = 7 THEN 'partner' ELSE 'service' END, status,
    CASE WHEN numbered THEN 'ACT-' || extract(year FROM day) || '-' || lpad(n::text, 7, '0') END,
    CASE WHEN numbered THEN 'ACT' END, CASE WHEN numbered THEN n END,
    'APP-' || contract, 'APP-' || contract, 'Support ' || contract, 'CUST-' || contract / 2,
    CASE WHEN contract % 3 = 0 THEN 'ООО «Ромашка ' ELSE 'Acme ' END || substr(md5((contract / 2)::text), 1, 8)
        || CASE WHEN contract % 3 = 0 THEN '»' ELSE ' LLC' END,
    month, (month + interval '1 month - 1 day')::date, day, CASE WHEN numbered THEN day + 45 END,
    day, CASE WHEN open OR status = 'closed' THEN day + n % 4 END,
    CASE WHEN status = 'closed' THEN day + 20 + contract % 40 + n % 7 END,
    'SUP', 'local', (ARRAY['UZS', 'UZS', 'UZS', 'USD', 'EUR'])[1 + contract % 5], total, 0, 0, 40, total,
    CASE WHEN status IN ('paid', 'closed') THEN total ELSE 0 END, CASE WHEN status IN ('paid', 'closed') THEN 0 ELSE total END,
    open, open AND day + 45 < date '2026-03-01', n % 997 = 0, n % 499 = 0, 1,
    jsonb_build_object('content', jsonb_build_object('basis', jsonb_build_object('agreement_number', 'D-' || contract))),
    made, made
FROM (
    SELECT n, contract, month, made, made::date AS day, total, status, status IN ('sent', 'accepted') AS open,
        status NOT IN ('draft', 'discarded') AS numbered
    FROM (
        SELECT n, 1 + n % (:total / 100) AS contract, month,
            month + interval '1 month' + interval '1 second' * (n % (:total / 100)) AS made,
            round((1000 + (n::bigint * 104729) % 100000000)::numeric / 10, 2) AS total,
            CASE
                WHEN n > :total * 0.99 THEN (ARRAY['draft', 'needs_review', 'approved'])[1 + n % 3]
                WHEN n > :total * 0.95 OR n % 50 = 0 THEN (ARRAY['sent', 'accepted'])[1 + n % 2]
                ELSE (ARRAY['closed', 'closed', 'closed', 'closed', 'void'])[1 + n % 5]
            END AS status
        FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n,
            LATERAL (SELECT (date '2017-10-01' + interval '1 month' * ((n - 1) / (:total / 100)))::date AS month) AS months
    ) AS numbers
) AS rows
