"""A symbol in its straight grid, measured module by module."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.symbols.aperture import values_at
from agent.vision.symbols.codewords import Corrected, correct_data_matrix, correct_qr
from agent.vision.symbols.edges import Expected, find_edges
from agent.vision.symbols.fit import DEGREE
from agent.vision.symbols.grid import Grey, Grid, centres, greys
from agent.vision.symbols.growth import measure_growth
from agent.vision.symbols.layout_qr_tables import PARITY
from agent.vision.symbols.locate import Located, fixed_pattern
from agent.vision.symbols.mesh import (
    Mesh,
    measure_mesh,
    pitch_px,
    points_of,
    straightened,
)
from agent.vision.symbols.symbol import Flags, Reals, SampledSymbol
from agent.vision.symbols.thresholds import local_threshold, thresholds

_WINDOW: Final = 0.7  # modules an edge may stand off what is known of the mesh
_LOOKS: Final = 5
_FIRST_DEGREE: Final = 3  # of the field where modules are not certain
_SETTLED: Final = 0.1  # modules: a mesh that moved less is not looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`picture` (reflectance) with the straight grid that was found in it.

    `averaged`: the same over the aperture, `aperture` modules wide; `outcomes`: what
    matrices were found to be, by their bytes, since most looks read the same.
    """

    picture: Grey
    averaged: Grey
    located: Located
    code: Decoded
    aperture: float
    outcomes: dict[bytes, Corrected] = field(default_factory=dict)

    @property
    def is_qr(self) -> bool:
        return self.code.aim.startswith("]Q")

    @property
    def quiet(self) -> int:
        return 4 if self.is_qr else 1


def measure(look: Look) -> SampledSymbol:
    """The symbol in the straight grid that was found; points in pixels of `picture`."""
    grid = look.located.grid
    mesh, dark = _measured(look)
    seen = _reflectance(look, mesh)
    corrected = _corrected(look, seen)
    ideal = straightened(grid, mesh)
    expected = _expected(look, mesh, dark)
    return SampledSymbol(
        layout=corrected.layout,
        reflectance=seen,
        is_dark=_as_printed(look, corrected.is_dark),
        wrong_codewords=corrected.wrong_codewords,
        points=points_of(grid, mesh),
        ideal_points=points_of(ideal, _straight(ideal)),
        pitch_px=pitch_px(ideal),
        growth=measure_growth(look.picture, grid, expected, mesh.growth),
        aperture_modules=look.aperture,
        format_errors=corrected.format_errors,
        version_errors=corrected.version_errors,
        is_light_on_dark=look.located.is_light_on_dark,
    )


def _measured(look: Look) -> tuple[Mesh, Flags]:
    """The mesh, and the modules by whose edges it was measured.

    What is read at one mesh tells the edges by which the next is measured, until it
    decodes and stands still. Where nothing decodes at first, the fixed patterns tell.
    """
    grid = look.located.grid
    mesh = _straight(grid)
    dark, is_certain = _as_meant(look, _reflectance(look, mesh))
    if not is_certain:
        known = fixed_pattern(grid.rows, grid.columns).known
        expected = replace(_expected(look, mesh, dark), known=known)
        mesh = _looked(look, expected, _FIRST_DEGREE)
        dark, is_certain = _as_meant(look, _reflectance(look, mesh))
    for _ in range(_LOOKS):
        degree = DEGREE if is_certain else _FIRST_DEGREE
        before, mesh = mesh, _looked(look, _expected(look, mesh, dark), degree)
        if is_certain and _change(before, mesh) < _SETTLED:
            break
        dark, is_certain = _as_meant(look, _reflectance(look, mesh))
    return mesh, dark


def _reflectance(look: Look, mesh: Mesh) -> Reals:
    """At every module and around the symbol, shape (rows + 2q, columns + 2q)."""
    grid, quiet = look.located.grid, look.quiet
    x, y = centres(grid.rows, grid.columns, quiet)
    at = grid.in_picture(
        x + np.pad(mesh.shift_x, quiet, mode="edge"),
        y + np.pad(mesh.shift_y, quiet, mode="edge"),
    )
    return values_at(look.averaged, *at)


def _expected(look: Look, mesh: Mesh, dark: Flags) -> Expected:
    """What the picture shows if modules that are `dark` (not turned over for light on
    dark) stand where `mesh` has them."""
    grid = look.located.grid
    x, y = centres(grid.rows, grid.columns, 1)
    shift_x = np.pad(mesh.shift_x, 1, mode="edge")
    shift_y = np.pad(mesh.shift_y, 1, mode="edge")
    # Levels are of the very centres: an aperture takes in what is around small dots.
    middles = greys(look.picture, *grid.in_picture(x + shift_x, y + shift_y))
    return Expected(
        dark=np.pad(dark, 1),
        known=np.ones(middles.shape, np.bool_),
        threshold=local_threshold(middles),
        shift_x=shift_x,
        shift_y=shift_y,
        is_light_on_dark=look.located.is_light_on_dark,
    )


def _looked(look: Look, expected: Expected, degree: int) -> Mesh:
    """The mesh after another look at the edges."""
    grid = look.located.grid
    edges = find_edges(look.picture, grid, expected, _WINDOW)
    return measure_mesh(edges, grid.rows, grid.columns, degree)


def _straight(grid: Grid) -> Mesh:
    none = np.zeros((grid.rows, grid.columns))
    return Mesh(shift_x=none, shift_y=none)


def _change(before: Mesh, after: Mesh) -> float:
    x, y = after.shift_x - before.shift_x, after.shift_y - before.shift_y
    return float(np.hypot(x, y).max())


def _as_meant(look: Look, seen: Reals) -> tuple[Flags, bool]:
    """Modules after error correction and True, or as they seem and False."""
    grid = look.located.grid
    below = _inner(look, seen) < look.located.threshold
    dark = below ^ look.located.is_light_on_dark
    meant = _outcome(look, dark).is_dark
    if meant is not None:
        return meant, True
    pattern = fixed_pattern(grid.rows, grid.columns)
    inner = (slice(1, -1), slice(1, -1))
    return np.where(pattern.known[inner], pattern.dark[inner], dark), False


def _corrected(look: Look, seen: Reals) -> Corrected:
    """After error correction: by the threshold of the standard, half way between the
    extremes; where that does not decode, by others, which leaves the first's outcome
    only if all fail."""
    outcomes = []
    for threshold in thresholds(seen, look.quiet):
        dark = (_inner(look, seen) < threshold) ^ look.located.is_light_on_dark
        outcome = _outcome(look, dark)
        if outcome.is_dark is not None:
            return outcome
        outcomes.append(outcome)
    return outcomes[0]


def _outcome(look: Look, dark: Flags) -> Corrected:
    key = dark.tobytes()
    if key not in look.outcomes:
        level = look.code.ec_level if look.code.ec_level in PARITY else None
        look.outcomes[key] = (
            correct_qr(dark, level) if look.is_qr else correct_data_matrix(dark)
        )
    return look.outcomes[key]


def _inner(look: Look, seen: Reals) -> Reals:
    quiet = look.quiet
    return seen[quiet:-quiet, quiet:-quiet]


def _as_printed(look: Look, dark: Flags | None) -> Flags | None:
    if dark is None or not look.located.is_light_on_dark:
        return dark
    return ~dark
