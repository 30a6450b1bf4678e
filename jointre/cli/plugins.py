"""``jointre plugins``: the installed plugins, and whether they work."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jointre.cli.console import note, print_json, result
from jointre.cli.options import Json, Quiet, Verbose
from jointre.errors import Fault, UsageError
from jointre.nearest import did_you_mean

if TYPE_CHECKING:
    from jointre.plugin.checks import Outcome
    from jointre.plugin.installed import Plugin


def plugins_cmd(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Show only this plugin.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check every component against its contract.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List installed plugins: what each adds, and what is wrong with it. Exits with 1 if something is.

    Example: jointre plugins --check
    """
    from jointre.plugin.installed import installed_plugins

    known = installed_plugins(_own_commands(context))
    chosen = [plugin for plugin in known if name in (None, plugin.name)]
    if name is not None and not chosen:
        names = [plugin.name for plugin in known]
        remedy = did_you_mean(name, names) or f"installed: {', '.join(names) or 'none'}"
        raise UsageError("unknown plugin", [Fault("is not an installed plugin", name, remedy)])
    outcomes = {plugin.name: _outcomes(plugin) if check else [] for plugin in chosen}
    if as_json:
        facts = [_facts(plugin, outcomes[plugin.name], check) for plugin in chosen]
        print_json(context, {"plugins": facts})
    else:
        result("\n\n".join(_text(plugin, outcomes[plugin.name]) for plugin in chosen) or "no plugins")
        if not chosen:
            note("next: jointre init plugin jointre-NAME --kind poolers")
    failed = any(outcome.status == "failed" for found in outcomes.values() for outcome in found)
    if failed or any(plugin.problems for plugin in chosen):
        raise typer.Exit(1)


def _own_commands(context: typer.Context) -> list[str]:
    group: Any = context.find_root().command
    return list(group.commands)


def _outcomes(plugin: "Plugin") -> "list[Outcome]":
    from jointre.plugin.checks import check_plugin

    return list(check_plugin(plugin))


def _facts(plugin: "Plugin", outcomes: "list[Outcome]", check: bool) -> dict[str, Any]:
    facts = {
        "name": plugin.name,
        "version": plugin.version,
        "summary": plugin.summary,
        "additions": [vars(addition) for addition in plugin.additions],
        "problems": [{"what": fault.what, "remedy": fault.remedy} for fault in plugin.problems],
    }
    return {**facts, "checks": [vars(outcome) for outcome in outcomes]} if check else facts


def _text(plugin: "Plugin", outcomes: "list[Outcome]") -> str:
    checked = {(outcome.registry, outcome.name): outcome for outcome in outcomes}
    lines = [f"{plugin.name} {plugin.version}", f"  {plugin.summary}"]
    for addition in plugin.additions:
        outcome = checked.get((addition.registry, addition.name))
        shown = "" if outcome is None else f"  {outcome.status}"
        lines.append(f"  {addition.registry}: {addition.name}  [{addition.target}]{shown}")
        if outcome is not None and outcome.reason:
            lines += [f"      {line}" for line in outcome.reason.splitlines()]
    for fault in plugin.problems:
        lines += [
            f"  problem: {line}" if i == 0 else f"  {line}" for i, line in enumerate(str(fault).splitlines())
        ]
    return "\n".join(lines)
