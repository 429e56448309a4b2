"""The table of ASVS 5.0 is whole and true; what no other test holds of it is held here."""

from __future__ import annotations

import ast
import csv
import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
from casework import PASSWORD, Space, sent
from flask_security import hash_password
from test_architecture import MODULES, ROOT, imports

from matcher import Matcher
from web import create_app
from web.access import Role
from web.records import JsonLines
from web.signin import accounts, keys, security

TABLE = ROOT / "docs" / "asvs.csv"
VERDICTS = {"oui", "en partie", "non", "sans objet"}
ASKED = {"1": 70, "2": 183}
"""How many requirements each level of ASVS 5.0.0 adds."""
SCRIPTS = sorted((ROOT / "web" / "static").glob("*.js"))


def rows() -> list[dict[str, str]]:
    """The requirements of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_table_has_each_requirement_of_levels_1_and_2_once() -> None:
    ids = [row["exigence"] for row in rows()]
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", one) for one in ids) and len(set(ids)) == len(ids)
    assert Counter(row["niveau"] for row in rows()) == ASKED
    chapters = Counter(int(one[1:].partition(".")[0]) for one in ids)
    assert sum(chapters.values()) == sum(ASKED.values()) and set(chapters) == set(range(1, 18))


def test_each_verdict_is_one_of_four_and_says_why() -> None:
    for row in rows():
        assert row["verdict"] in VERDICTS, row
        assert row["en_bref"] and row["preuve"], row
        assert bool(row["ou"]) >= (row["verdict"] == "oui"), row


def test_each_yes_names_a_test_or_a_file_that_is_there() -> None:
    places = {place.strip() for row in rows() for place in row["ou"].split("|")}
    for place in filter(None, places):
        name, _, test = place.partition("::")
        path = ROOT / name
        assert path.is_file(), place
        assert not test or re.search(rf"^def {test}\(", path.read_text("utf-8"), re.M), place


def calls(name: str) -> list[str]:
    """What a module calls, as it is written."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("name", MODULES)
def test_no_code_is_made_of_texts(name: str) -> None:
    dynamic = {"eval", "exec", "compile", "os.system", "pickle.loads", "render_template_string"}
    assert not dynamic & set(calls(name))
    assert "from_string" not in {called.rpartition(".")[2] for called in calls(name)}


def test_no_weak_digest_is_used() -> None:
    weak = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}
    assert {name: weak & set(calls(name)) for name in MODULES if weak & set(calls(name))} == {}


def test_no_secret_comes_from_a_predictable_draw() -> None:
    """`random` serves to shuffle and to wait, never where somebody signs in or follows a link."""
    drawing = {name for name, path in MODULES.items() if "random" in imports(name, path)}
    allowed = {"web.casework.store.database"}
    assert {name for name in drawing if name.startswith("web")} <= allowed


def test_no_certificate_goes_unchecked() -> None:
    for path in MODULES.values():
        assert not re.search(
            r"(?<!\w)verify\s*=\s*False|_create_unverified", path.read_text("utf-8")
        )


RAW = frozenset({"text", "DDL", "TextClause", "literal_column", "exec_driver_sql", "executescript"})
"""What takes SQL as a text."""
RUN = frozenset({"execute", "executemany", "scalar", "scalars", "stream", "read_sql"})
"""What takes a statement, or SQL as a text."""


def is_constant(node: ast.AST, known: Mapping[str, list[ast.AST]]) -> bool:
    """Whether a text is written in the code: whole, of our constants, or of names of such."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.isupper():
            return True
        case ast.Name(id=name) if name in known:
            others = {key: values for key, values in known.items() if key != name}
            return all(is_constant(value, others) for value in known[name])
        case ast.Subscript(value=value) | ast.FormattedValue(value=value):
            return is_constant(value, known)
        case ast.JoinedStr(values=values):
            return all(is_constant(value, known) for value in values)
        case ast.IfExp(body=body, orelse=orelse):
            return is_constant(body, known) and is_constant(orelse, known)
    return False


def is_made(node: ast.AST, known: Mapping[str, list[ast.AST]]) -> bool:
    """Whether a text is put together, by whatever way; a statement of SQLAlchemy is none."""
    match node:
        case ast.JoinedStr():
            return not is_constant(node, known)
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            return True
        case ast.Call(func=ast.Attribute(attr="format" | "format_map")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Constant() | ast.JoinedStr())):
            return True  # "…".join, "…".replace
        case ast.Call(func=ast.Name(id="str" | "format" | "dedent")):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return is_made(body, known) or is_made(orelse, known)
        case ast.Name(id=name) if name in known:
            others = {key: values for key, values in known.items() if key != name}
            return any(is_made(value, others) for value in known[name])
    return False


def statements_made_of_texts(code: str) -> list[str]:
    """Calls that run SQL which is not written in the code; SQLite's settings apart."""
    tree, known, found = ast.parse(code), defaultdict(list), []
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name].append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
                known[name].append(value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                known[name].append(value)
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                known[name].append(ast.BinOp(ast.Name(name), op, value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) not in own:
            called, said = ast.unparse(node.func).rpartition(".")[2], node.args[0]
            wrong = (
                not is_constant(said, known) if called in RAW else
                called in RUN and is_made(said, known)
            )  # fmt: skip
            if wrong and "PRAGMA" not in ast.unparse(said):
                found.append(ast.unparse(node))
    return found


def test_no_statement_is_made_of_texts() -> None:
    """But of our own constants; migrations, which nobody types in, apart."""
    ours = {name: path for name, path in MODULES.items() if ".migrations." not in name}
    found = {name: statements_made_of_texts(path.read_text("utf-8")) for name, path in ours.items()}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "code",
    [
        "text(f'SELECT {name}')",
        "text('SELECT ' + name)",
        "text('SELECT %s' % name)",
        "text('SELECT {}'.format(name))",
        "text(' '.join(['SELECT', name]))",
        "text(name)",
        "text(str(name))",
        "sqlalchemy.text('SELECT a' if now else f'SELECT {name}')",
        "cursor.execute(f'SELECT {name}')",
        "cursor.execute('SELECT {}'.format(name))",
        "cursor.execute('SELECT a'.replace('a', name))",
        "asked = 'SELECT {}'.format(name)\ncursor.execute(asked)",
        "asked = 'SELECT '\nasked += name\ncursor.execute(asked)",
        "if (asked := 'SELECT ' + name):\n    connection.exec_driver_sql(asked)",
        "asked = 'SELECT {}'\nconnection.exec_driver_sql(asked.format(name))",
        "select(literal_column(name))",
    ],
)
def test_a_statement_made_of_texts_is_found_however_it_is_made(code: str) -> None:
    assert len(statements_made_of_texts(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "text('SELECT :name')",
        "text(TRIGGERS[kind])",
        "connection.exec_driver_sql(f'DROP TABLE {TABLE}')",
        "begin = 'BEGIN' if read else 'BEGIN IMMEDIATE'\nconnection.exec_driver_sql(begin)",
        "asked = select(Account).where(Account.name == name)\nsession.execute(asked)",
        "session.scalars(select(Account).join(Role))",
        "cursor.execute('SELECT a FROM b WHERE c = ?', (name,))",
    ],
)
def test_a_statement_with_parameters_is_not_taken_for_one_made_of_texts(code: str) -> None:
    assert statements_made_of_texts(code) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_write_text_only(path: Path) -> None:
    """But for one: it puts in its place a part of a page that this very site made."""
    text = path.read_text(encoding="utf-8")
    unsafe = re.findall(r"(?:inner|outer)HTML\s*=(?!=)|insertAdjacentHTML|document\.write", text)
    assert len(unsafe) <= (path.name == "voisins.js")
    assert not re.search(r"\beval\(|new Function|__proto__|postMessage", text)


# What the site does

HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite
def test_every_page_keeps_to_what_the_site_sends(space: Space) -> None:
    client = space.app.test_client()
    pages = ("/", "/absente", "/api/v1/communes/34142", "/static/site.css", "/espace/connexion")
    for answer in (client.get(page) for page in pages):
        policy = answer.headers["Content-Security-Policy"]
        assert all(answer.headers.get(name) for name in HEADERS), answer.request.path
        assert "object-src 'none'" in policy and "base-uri 'none'" in policy
        assert "unsafe" not in policy


@sqlite
def test_trace_is_refused(space: Space) -> None:
    assert space.app.test_client().open("/", method="TRACE").status_code == 405


@sqlite
def test_a_visitor_does_not_choose_its_own_address(space: Space) -> None:
    with space.app.test_request_context(headers={"X-Forwarded-For": "203.0.113.9"}) as context:
        assert context.request.remote_addr != "203.0.113.9"
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ailleurs.example"}
    answer = space.app.test_client().get("/espace/", headers=said)
    assert "ailleurs" not in answer.headers["Location"]
    assert "Strict-Transport-Security" not in answer.headers


@sqlite
def test_a_new_base_has_no_account(space: Space) -> None:
    with space.app.app_context():
        assert accounts.listed() == []


@sqlite
def test_a_password_is_typed_masked_and_may_be_pasted(space: Space) -> None:
    page = space.app.test_client().get("/espace/connexion").text
    (field,) = re.findall(r"<input[^>]*name=\"password\"[^>]*>", page)
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    assert "onpaste" not in page


def test_a_password_is_hashed_slowly_enough(matcher: Matcher, tmp_path: Path) -> None:
    """At least what OWASP asks of Argon2id: 19 MiB and two passes."""
    url = f"sqlite:///{tmp_path / 'base.sqlite'}"
    app = create_app(matcher, {"DATABASE_URL": url, "KEYS": tmp_path / "cles.json"})
    with app.app_context():
        kept = hash_password(PASSWORD)
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", kept)
    assert found and int(found[1]) >= 19 * 1024 and int(found[2]) >= 2


@sqlite
def test_a_long_password_counts_to_its_end(space: Space) -> None:
    long = "quatre mots sans rapport " * 4
    with space.app.app_context():
        accounts.create("max@test.fr", "Max", Role.ADVISER, long)
    for typed, opened in ((long[:-2] + "T ", False), (long, True)):
        client = space.app.test_client()
        answer = sent(client, "/espace/connexion", email="max@test.fr", password=typed)
        assert (answer.status_code == 302) == opened


@sqlite
def test_an_easy_password_makes_no_account(space: Space) -> None:
    with space.app.app_context(), pytest.raises(accounts.AccountError, match="se devine trop vite"):
        accounts.create("max@test.fr", "Max", Role.ADVISER, "motdepasse2026")
    assert not security.is_too_easy(PASSWORD, ())


@sqlite
def test_a_changed_password_ends_the_other_sessions(space: Space) -> None:
    lea, elsewhere = space.client("lea"), space.sign_in("lea")
    new = "un tout autre mot de passe"
    fields = {"new_password": new, "new_password_confirm": new}
    sent(lea, "/espace/mot-de-passe", password=PASSWORD, **fields)
    assert lea.get("/espace/").status_code == 200
    assert elsewhere.get("/espace/").status_code == 302


@sqlite
def test_every_page_of_the_space_has_its_way_out(space: Space) -> None:
    lea = space.client("lea", Role.LEAD)
    for page in ("/espace/", "/espace/dossiers", "/espace/importer", "/espace/journal"):
        assert 'action="/espace/deconnexion"' in lea.get(page).text, page


@sqlite
def test_the_space_is_kept_by_no_browser(space: Space) -> None:
    lea = space.client("lea")
    for page in ("/espace/", "/espace/dossiers", "/espace/courriels"):
        assert lea.get(page).headers["Cache-Control"] == "no-store"


@sqlite
def test_signing_out_clears_what_the_browser_kept(space: Space) -> None:
    answer = sent(space.client("lea"), "/espace/deconnexion", page="/espace/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'


@sqlite
def test_a_field_that_no_form_has_changes_nothing(space: Space) -> None:
    lea = space.client("lea")
    with space.app.app_context():
        number = space.app.extensions["security"].datastore.find_user(email="lea@test.fr").id
    new = "un tout autre mot de passe"
    more = {"roles": "administrateur", "role": "administrateur", "active": "", "name": "Autre"}
    fields = {"new_password": new, "new_password_confirm": new, **more}
    sent(lea, "/espace/mot-de-passe", password=PASSWORD, **fields)
    with space.app.app_context():
        user = space.app.extensions["security"].datastore.find_user(email="lea@test.fr")
        assert (user.id, user.name, user.active) == (number, "Lea", True)
        assert [role.name for role in user.roles] == [Role.ADVISER.value]
    assert lea.get("/espace/comptes").status_code == 403


@sqlite
def test_a_link_opens_what_it_was_made_for_only(space: Space) -> None:
    with space.app.test_request_context():
        answer, record = keys.answer_link("secret"), keys.link_of("terre-de-liens")
        assert keys.key_of(answer) == "secret" and keys.record_of(record) == "terre-de-liens"
        assert keys.key_of(record) is None and keys.record_of(answer) is None


def test_a_line_of_the_log_stays_one() -> None:
    said = logging.LogRecord("x", logging.WARNING, "f", 1, "a\n%s", ('b\r\n{"niveau": "x"}',), None)
    line = JsonLines().format(said)
    assert "\n" not in line and "\r" not in line
    assert json.loads(line)["message"].startswith("a\nb")
