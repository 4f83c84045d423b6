"""All sub-commands in one place."""

import typer

from agent.cli import audit, codes, diag, discover, packages, records, service, vision

app = typer.Typer(
    name="line-agent",
    help="Runs one coding line and keeps its books. 赋码线代理",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(service.init)
app.command("check")(service.check)
app.command("run")(service.run)
app.command("orders")(records.orders)
app.command("lookup")(records.lookup)
app.command("report")(records.report)
app.command("discover")(discover.discover_command)
app.add_typer(audit.app, name="audit", help="Verify the books. 审计")
app.add_typer(codes.app, name="codes", help="Say what a code is. 解析标识")
app.add_typer(diag.app, name="diag", help="Look at devices and prove them. 诊断")
app.add_typer(packages.app, name="packages", help="Code packages. 码包")
app.add_typer(vision.app, name="vision", help="Try the eye on pictures. 视觉")


def main() -> None:
    """The console script."""
    app()
