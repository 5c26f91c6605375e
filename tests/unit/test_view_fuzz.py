"""The description of the API is true: what it permits and what it does not, asked at a served view, never a 500."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from schemas.settings import Settings
from streams.view import page
from streams.view.api import View, application
from streams.view.doorman import Head
from streams.view.filters import AS_OF, PAGE, SORT, WORDS
from streams.view.materialise import Bell
from streams.view.serve import guarded, listening
from streams.view.tables import open_writer
from tests.support.view_past import Past, fed
from tests.support.view_world import HUBS
from tests.support.waiting import until

JUDGED = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EACH = 12


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a view with some projects, a merge and an end, and with the desk."""
    folder: Path = tmp_path_factory.mktemp("view")
    told = Past()
    told.say("p-a", "Een", areas=["gezondheid-en-zorg"], type="lab", start="2024-01-01", end="2026-01-01")
    told.say("p-b", "Twee", hub="zuid-holland")
    told.say("p-c", "Drie", areas=["onderwijs"])
    told.say("p-c", "Drie", redirect="p-a")
    told.gone("p-b")
    writer = open_writer(folder)
    fed(writer, [*told.national, *told.history])
    writer.execute("INSERT INTO meta VALUES ('cluster', 'here')")
    writer.commit()
    view = View(folder, HUBS, lambda: told.now, Bell(), lambda: None)
    app = application(view)
    guarded(app, view, Settings(data=folder))
    page.attach(app, view)
    door = listening("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, http=Head, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    until(lambda: server.started, 10, "the view answers")
    yield "http://127.0.0.1:{}".format(*door.getsockname()[1:])
    server.should_exit = True
    thread.join()
    door.close()
    writer.close()


@pytest.fixture(scope="module")
def described(served: str) -> Any:
    """The description that it gives of itself."""
    return schemathesis.openapi.from_url(f"{served}/api/v1/openapi.json", config=SchemathesisConfig())


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_question_has_an_answer_that_is_described(described: Any, mode: GenerationMode) -> None:
    """Right and wrong ones, at every address but the stream; what is wrong is a problem that says what to do."""
    asked, wrong = list[str](), list[str]()
    for found in described.exclude(path="/api/v1/changes").get_all_operations():
        operation = found.ok()
        questions = operation.as_strategy(generation_mode=mode)
        asked.append(operation.label)
        try:
            _judged(questions)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # an address that takes nothing cannot be asked wrongly
        except (FailureGroup, AssertionError) as fault:
            wrong.append(f"{operation.label}: {fault}")
    assert not wrong, "\n".join(wrong)
    assert {"GET /api/v1/{plural}", "POST /api/v1/decisions", "GET /api/v1/hubs/{hub}/unconfirmed"} <= set(
        asked
    )


def _judged(questions: Any) -> None:
    @given(questions)
    @settings(max_examples=EACH, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def judge(case: Any) -> None:
        answer = case.call()
        case.validate_response(answer, checks=JUDGED)
        if answer.status_code >= 400 and case.path.startswith("/api/"):
            assert answer.headers["content-type"][0].startswith("application/problem+json")
            said = answer.json()
            assert said["status"] == answer.status_code
            assert said["fix"]

    judge()


@pytest.fixture(scope="module")
def client(served: str) -> Iterator[httpx.Client]:
    """One line for many questions."""
    with httpx.Client(base_url=served, trust_env=False, timeout=20) as made:
        yield made


def _written(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


_TEXTS = st.text(max_size=40) | st.sampled_from(
    ["1", "2026", "-1", "\x00", '"', "'", "*", "a" * 1999, "id,title"]
)
_PLACES = st.lists(_TEXTS | st.integers() | st.none(), max_size=3).map(_written)
_CURSORS = (
    _PLACES | st.tuples(st.sampled_from([":", "-updated:", "updated:9"]), _TEXTS).map(_written) | _TEXTS
)
_MARKS = (
    st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(b"\x01" + raw).decode().rstrip("="))
    | _TEXTS
)
_VALUES = {
    "cursor": _CURSORS,
    "since": _MARKS,
    "sort": st.sampled_from(["updated", "-updated", "title", "x", ""]),
}
_VALUES |= {"as_of": st.sampled_from(["2025-10-09T08:53:21Z", "2025-10-09", "9999-12-31", "0001-01-01", "x"])}
_VALUES |= {
    "fields": st.sampled_from(["id", "title,status", ",", "x"]),
    "limit": _TEXTS,
    "year": _TEXTS,
    "cell": _TEXTS,
}


_NAMES = {
    "projects": [*WORDS, *SORT, *PAGE, *AS_OF, "fields"],
    "projects.csv": [*WORDS, *SORT, *AS_OF],
    "events.ics": [*WORDS],
    "projects/p-a": [*AS_OF, "fields"],
    "changes?format=json": ["since"],
    "diff": ["from", "to", "hub", "area", "kind", "cursor", "limit"],
    "conflicts": ["hub", "kind", "cursor", "limit"],
    "hubs/limburg/unconfirmed": ["kind", "cursor", "limit"],
}


@given(st.sampled_from(sorted(_NAMES)), st.data())
@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_text_breaks_a_list(client: httpx.Client, path: str, data: st.DataObject) -> None:
    """Cursors, watermarks and moments that look right too."""
    names = data.draw(st.lists(st.sampled_from(_NAMES[path]), max_size=3, unique=True))
    said = {name: data.draw(_VALUES.get(name, _TEXTS)) for name in names}
    answer = client.get(httpx.URL(f"/api/v1/{path}").copy_merge_params(said))
    assert answer.status_code < 500, (path, said)
    assert "no such parameter" not in answer.text
