"""The whole suite runs without a network, on one thread, with the same random examples every time."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its workers

import ipaddress
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("jointre", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("jointre")

LONGEST_FIRST = (
    "test_training_resume",
    "test_experiment_commands",
    "test_experiment_runner",
    "test_training_run",
    "test_pretraining_run",
    "test_pretraining_learns",
    "test_training_trouble",
    "test_pretraining_processes",
    "test_config_fuzz",
    "test_contracts",
    "test_killed",
    "test_model_folder_hostile",
)
"""Files that take longest; one that came last would keep a single process busy while the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; files go to the processes in this order."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def is_local(address: Any) -> bool:
    """Whether an address of a socket stays on this machine."""
    if not isinstance(address, tuple):
        return True  # the path of a unix socket
    host = address[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a socket that fails the test where it would leave this machine."""

    def method(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(args[-1]):
            pytest.fail(f"a test reaches for the network: {args[-1]}")
        return original(self, *args, **kwargs)

    return method


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Close sockets and name look-ups, except those of this machine."""
    look_up = socket.getaddrinfo

    def local_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not is_local((host,)):
            pytest.fail(f"a test looks up the address of {host!r}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", local_look_up)
        yield


@pytest.fixture(scope="session", autouse=True)
def usual_signals() -> None:
    """Signals do what they usually do, also where the suite was started in the background, which ignores some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Torch computes on one thread, so that results and times repeat."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_options_left() -> Iterator[None]:
    """Forget ``--quiet`` and ``--verbose`` of a command that the test called."""
    yield
    console = sys.modules.get("jointre.cli.console")  # imported only by tests of commands
    if console is not None:
        console.state.quiet = console.state.verbose = False


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with a WordPiece tokenizer."""
    from jointre.testing import tiny_encoder_folder

    return tiny_encoder_folder(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture(scope="session")
def roberta_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny RoBERTa with a byte-level tokenizer."""
    from jointre.testing import tiny_encoder_folder

    return tiny_encoder_folder(tmp_path_factory.mktemp("encoder") / "roberta", "roberta")


@pytest.fixture(scope="session")
def spert(encoder_folder: Path) -> Callable[..., Any]:
    """Makes SpERT over the tiny encoder, not built; ``spert(max_pairs=3)`` sets arguments of the model."""

    def make(max_width: int = 10, threshold: float = 0.4, **options: Any) -> Any:
        from jointre.registry import registry

        pooler = registry.poolers.get("jointre.max.v1")
        extractor = registry.span_extractors.get("jointre.pooled.v1")(pooler())
        sampler = registry.samplers.get("jointre.all_spans.v1")(max_width)
        context = registry.context_encoders.get("jointre.localized.v1")(pooler())
        parts = {
            "encoder": registry.encoders.get("jointre.hf.v1")(str(encoder_folder)),
            "views": registry.views.get("jointre.identity.v1")(),
            "context": registry.context_encoders.get("jointre.cls.v1")(),
            "entity_head": registry.entity_heads.get("jointre.span_classifier.v1")(sampler, extractor),
            "pair_sampler": registry.samplers.get("jointre.entity_pairs.v1")(),
            "pair_extractor": registry.pair_extractors.get("jointre.span_pairs.v1")(context),
            "relation_head": registry.relation_heads.get("jointre.linear.v1")(threshold),
        }
        return registry.models.get("jointre.joint.v1")(**{**parts, **options})

    return make


@pytest.fixture(scope="session")
def talkative(spert: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a built model with random heads that find many entities and relations, and its tokenizer."""

    def make(labels: Any = None, **options: Any) -> Any:
        import torch

        from jointre.testing.overfit import built_model

        model, tokenizer = built_model(spert(**options), labels)
        maker = torch.Generator().manual_seed(5)
        for name, parameter in model.named_parameters():
            if not name.startswith("encoder."):
                parameter.data.normal_(0.0, 0.3, generator=maker)
        return model, tokenizer

    return make


@pytest.fixture(scope="session")
def talkative_folder(
    talkative: Callable[..., Any], encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model folder of `talkative`."""
    from jointre.config import load_config
    from jointre.serialize import save_model

    made = tmp_path_factory.mktemp("talkative") / "model"
    config = load_config("spert/conll04", overrides={"model.encoder.name": str(encoder_folder)})
    save_model(made, *talkative(), config)
    return made


@pytest.fixture
def in_process(capsys: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    """Run a command in this process: ``code``, ``out`` and ``err`` of the result."""
    from jointre.cli.app import run

    def call(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return call
