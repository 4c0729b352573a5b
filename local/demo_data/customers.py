"""The demo's invented clients, the people there who get the mail, and our own people who log the hours."""

from typing import NamedTuple


class DemoCustomer(NamedTuple):
    customer_key: str
    company_name: str
    company_type: str
    address: str
    tin: str
    ccea: str
    swift_bic: str
    account_number: str
    mfo: str
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
        *("CUST-001", "Acme Corp", "LLC", "Toshkent sh., Mirobod t., Nukus koʻchasi, 24", "123456789", "62010", ""),
        *("20208000100123456001", "09901", "«Navoiy Savdo Bank» ATB", "Karimov Jasur Anvarovich", "UZ"),
    ),
    DemoCustomer(
        *("CUST-002", "Silk Caravan Logistics", "LLC", "Toshkent sh., Sergeli t., Yangi Sergeli, 8", "301456782"),
        *("52291", "", "20208000700456781001", "09902", "«Ipak Saroy Bank» AJ", "Юсупова Дилноза Баходировна", "UZ"),
    ),
    DemoCustomer(
        *("CUST-003", "Müller & Söhne Feinmechanik GmbH", "GmbH", "Gießereistraße 17, 01067 Dresden", "302118845"),
        *("", "MUSODE3XXXX", "DE02300209000106531065", "", "Elbtal Handelsbank", "Jürgen Müller", "DE"),
    ),
    DemoCustomer(
        *("CUST-004", "Brightwater Analytics Inc.", "Inc.", "410 Harbour Street, Portland, OR 97204", "303220016"),
        *("", "BWANUS6PXXX", "000412889163", "", "Cascade Commerce Bank", "Megan O'Hara", "US"),
    ),
    DemoCustomer(
        *("CUST-005", "Registon Sarmoya", "JSC", "Samarqand sh., Registon koʻchasi, 3", "304775120", "64190"),
        *("RGSTUZ22", "20208000300775120001", "09903", "«Registon Xalqaro Bank» AJ", "Раҳимов Шерзод Олимович", "UZ"),
    ),
    DemoCustomer(
        *("CUST-006", "Бухоро Нафис Тўқимачилик", "LLC", "Бухоро ш., Баҳоуддин Нақшбанд кўчаси, 112", "305661934"),
        *("13200", "-", "20208000500661934001", "09904", "«Зарафшон Банк» АТБ", "Саидов Фаррух Тўлқинович", "UZ"),
    ),
    DemoCustomer(
        *("CUST-007", "Oʻzbek Charm Sanoati", "JSC", "Toshkent vil., Zangiota t., Sanoat koʻchasi, 5", "306902457"),
        *("15110", "", "20208000900902457001", "09901", "«Navoiy Savdo Bank» ATB", "Назарова Гулчеҳра Илҳомовна", "UZ"),
    ),
    DemoCustomer(
        *("CUST-008", "Samarqand Ipak Mehmonxonasi", "LLC", "Samarqand sh., Universitet xiyoboni, 40", "307334081"),
        *(
            "55100",
            "",
            "20208000200334081001",
            "09903",
            "«Registon Xalqaro Bank» AJ",
            "Тошматов Улуғбек Собирович",
            "UZ",
        ),
    ),
    DemoCustomer(
        *("CUST-009", "Grünwald Apotheken AG", "AG", "Lindenallee 5, 82031 Grünwald", "308517263", ""),
        *("GRAPDEM1XXX", "DE75512108001245126199", "", "Isar Privatbank", "Dr. Annegret Schäfer", "DE"),
    ),
    DemoCustomer(
        *("CUST-010", "Chorsu Onlayn Savdo", "LLC", "Toshkent sh., Shayxontohur t., Navoiy koʻchasi, 61", "309118420"),
        *("47910", "", "20208000600118420001", "09902", "«Ipak Saroy Bank» AJ", "Ergasheva Nilufar Rustamovna", "UZ"),
    ),
    DemoCustomer(
        *("CUST-011", "Blue Harbor Shipping Ltd", "Ltd", "12 Quayside, Newcastle upon Tyne NE1 3DE", "310446207"),
        *("", "BLHAGB2LXXX", "GB33BUKB20201555555555", "", "Tyne & Wear Merchant Bank", "Oliver Whitfield", "GB"),
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
