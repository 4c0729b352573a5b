"""The invented clients of the demo, their contacts, and the employees who log the hours."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class DemoCustomer:
    """A customer; the fields have the order of the table's columns."""

    customer_key: str
    company_name: str
    company_type: str
    address: str
    tin: str
    ccea: str = ""
    swift_bic: str = ""
    account_number: str
    mfo: str = ""
    bank_name: str
    signer_full_name: str
    country: str


class DemoContact(NamedTuple):
    customer_key: str
    name: str
    email: str
    phone: str


CUSTOMERS = (
    DemoCustomer(
        customer_key="CUST-001",
        company_name="Acme Corp",
        company_type="LLC",
        address="Toshkent sh., Mirobod t., Nukus koʻchasi, 24",
        tin="123456789",
        ccea="62010",
        account_number="20208000100123456001",
        mfo="09901",
        bank_name="«Navoiy Savdo Bank» ATB",
        signer_full_name="Karimov Jasur Anvarovich",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-002",
        company_name="Silk Caravan Logistics",
        company_type="LLC",
        address="Toshkent sh., Sergeli t., Yangi Sergeli, 8",
        tin="301456782",
        ccea="52291",
        account_number="20208000700456781001",
        mfo="09902",
        bank_name="«Ipak Saroy Bank» AJ",
        signer_full_name="Юсупова Дилноза Баходировна",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-003",
        company_name="Müller & Söhne Feinmechanik GmbH",
        company_type="GmbH",
        address="Gießereistraße 17, 01067 Dresden",
        tin="302118845",
        swift_bic="MUSODE3XXXX",
        account_number="DE02300209000106531065",
        bank_name="Elbtal Handelsbank",
        signer_full_name="Jürgen Müller",
        country="DE",
    ),
    DemoCustomer(
        customer_key="CUST-004",
        company_name="Brightwater Analytics Inc.",
        company_type="Inc.",
        address="410 Harbour Street, Portland, OR 97204",
        tin="303220016",
        swift_bic="BWANUS6PXXX",
        account_number="000412889163",
        bank_name="Cascade Commerce Bank",
        signer_full_name="Megan O'Hara",
        country="US",
    ),
    DemoCustomer(
        customer_key="CUST-005",
        company_name="Registon Sarmoya",
        company_type="JSC",
        address="Samarqand sh., Registon koʻchasi, 3",
        tin="304775120",
        ccea="64190",
        swift_bic="RGSTUZ22",
        account_number="20208000300775120001",
        mfo="09903",
        bank_name="«Registon Xalqaro Bank» AJ",
        signer_full_name="Раҳимов Шерзод Олимович",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-006",
        company_name="Бухоро Нафис Тўқимачилик",
        company_type="LLC",
        address="Бухоро ш., Баҳоуддин Нақшбанд кўчаси, 112",
        tin="305661934",
        ccea="13200",
        swift_bic="-",
        account_number="20208000500661934001",
        mfo="09904",
        bank_name="«Зарафшон Банк» АТБ",
        signer_full_name="Саидов Фаррух Тўлқинович",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-007",
        company_name="Oʻzbek Charm Sanoati",
        company_type="JSC",
        address="Toshkent vil., Zangiota t., Sanoat koʻchasi, 5",
        tin="306902457",
        ccea="15110",
        account_number="20208000900902457001",
        mfo="09901",
        bank_name="«Navoiy Savdo Bank» ATB",
        signer_full_name="Назарова Гулчеҳра Илҳомовна",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-008",
        company_name="Samarqand Ipak Mehmonxonasi",
        company_type="LLC",
        address="Samarqand sh., Universitet xiyoboni, 40",
        tin="307334081",
        ccea="55100",
        account_number="20208000200334081001",
        mfo="09903",
        bank_name="«Registon Xalqaro Bank» AJ",
        signer_full_name="Тошматов Улуғбек Собирович",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-009",
        company_name="Grünwald Apotheken AG",
        company_type="AG",
        address="Lindenallee 5, 82031 Grünwald",
        tin="308517263",
        swift_bic="GRAPDEM1XXX",
        account_number="DE75512108001245126199",
        bank_name="Isar Privatbank",
        signer_full_name="Dr. Annegret Schäfer",
        country="DE",
    ),
    DemoCustomer(
        customer_key="CUST-010",
        company_name="Chorsu Onlayn Savdo",
        company_type="LLC",
        address="Toshkent sh., Shayxontohur t., Navoiy koʻchasi, 61",
        tin="309118420",
        ccea="47910",
        account_number="20208000600118420001",
        mfo="09902",
        bank_name="«Ipak Saroy Bank» AJ",
        signer_full_name="Ergasheva Nilufar Rustamovna",
        country="UZ",
    ),
    DemoCustomer(
        customer_key="CUST-011",
        company_name="Blue Harbor Shipping Ltd",
        company_type="Ltd",
        address="12 Quayside, Newcastle upon Tyne NE1 3DE",
        tin="310446207",
        swift_bic="BLHAGB2LXXX",
        account_number="GB33BUKB20201555555555",
        bank_name="Tyne & Wear Merchant Bank",
        signer_full_name="Oliver Whitfield",
        country="GB",
    ),
)

CONTACTS = (
    DemoContact("CUST-001", "Madina Karimova", "accounts@acme.example.com", "+998 71 200 10 01"),
    DemoContact("CUST-001", "Jasur Karimov", "director@acme.example.com", "+998 71 200 10 02"),
    DemoContact("CUST-002", "Дилноза Юсупова", "buh@silk-caravan.example.com", "+998 71 200 20 01"),
    DemoContact("CUST-003", "Sabine Krüger", "buchhaltung@mueller-soehne.example.com", "+49 351 5550100"),
    DemoContact("CUST-003", "Jürgen Müller", "j.mueller@mueller-soehne.example.com", "+49 351 5550101"),
    DemoContact("CUST-004", "Megan O'Hara", "ap@brightwater.example.com", "+1 503 555 0142"),
    DemoContact("CUST-005", "Шерзод Раҳимов", "finance@registon-sarmoya.example.com", "+998 66 233 05 05"),
    DemoContact("CUST-006", "Фаррух Саидов", "buxgalteriya@nafis.example.com", "+998 65 224 06 06"),
    DemoContact("CUST-007", "Gulchehra Nazarova", "moliya@charm.example.com", "+998 71 200 70 07"),
    DemoContact("CUST-008", "Ulugʻbek Toshmatov", "info@ipak-hotel.example.com", "+998 66 235 08 08"),
    DemoContact("CUST-009", "Dr. Annegret Schäfer", "rechnungen@gruenwald.example.com", "+49 89 5550190"),
    DemoContact("CUST-010", "Nilufar Ergasheva", "hisob@chorsu.example.com", "+998 71 200 10 10"),
    DemoContact("CUST-011", "Oliver Whitfield", "payables@blueharbor.example.com", "+44 191 498 0111"),
)

EMPLOYEES = {
    "acc-01": "Aziza Rahimova",
    "acc-02": "Timur Nazarov",
    "acc-03": "Екатерина Волкова",
    "acc-04": "Bekzod Aliyev",
    "acc-05": "Шаҳноза Умарова",
    "acc-06": "Rustam Ismoilov",
    "acc-07": "Lola Sodiqova",
    "acc-08": "Артём Ким",
    "acc-09": "Nodira Yoʻldosheva",
    "acc-10": "Office Bot",
}
EXCLUSIONS = {"acc-09": "overhead_only", "acc-10": "excluded"}
"""Whose hours are not billed: for the table `employee_exclusions` in PostgreSQL."""
