"""Energy a tweet, from a board's own sensors or an external meter; never estimated from what a processor is said to take.

Whatever the source, its readings become a curve of energy over time. The mean power of a stretch of time is the curve's rise over
it; how sure that is, is told by the method of batch means (Law, Simulation Modeling and Analysis): the stretch is cut into equal
parts, and the parts' means vary as the stretch's mean does, times the root of their number. The sensor's own error comes on top.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from replite.config.measure import EnergySource
from replite.measure.errors import InputError
from replite.records.measure import Clock, DeviceState, Energy

_PARTS = 5
_READINGS_PER_PART = 3
_CONFIDENCE = 0.95
_CLOCK_STEP_SECONDS = 1.0


@dataclass(frozen=True)
class Run:
    """A run of which the energy is asked for."""

    states: Sequence[DeviceState]
    """Readings of the device's state: some while it was left idle, some in the run, at the beginning and the end of both."""
    tweets: int
    started_seconds: float
    """When the readings' seconds begin, by the device's monotonic clock."""
    clocks: tuple[Clock, Clock]
    """This machine's clock beside that one, before and after."""

    @property
    def started(self) -> float | None:
        """The same by this machine's clock, in seconds since 1970; None if that was set during the run."""
        before, after = (clock.offset_seconds for clock in self.clocks)
        return self.started_seconds + (before + after) / 2 if abs(after - before) <= _CLOCK_STEP_SECONDS else None


@dataclass(frozen=True)
class _Curve:
    """Energy since some moment."""

    seconds: np.ndarray
    """Ascending, since the run began."""
    joules: np.ndarray


@dataclass(frozen=True)
class _Power:
    """Mean power over a stretch of time."""

    watts: float
    error: float
    """Its standard error."""
    seconds: float
    """The length of the stretch."""


def of_runs(runs: Sequence[Run], source: EnergySource) -> Energy | None:
    """The energy of all runs together; None where a run's sensors or meter did not tell enough of it, or not yet.

    In every run, readings have to cover idle time and timed run, no two of them further apart than a fifteenth of it.
    """
    if source.meter and not Path(source.meter).is_file():
        return None
    name, curve_of = _source(runs, source)
    found = []
    for run in runs:
        curve = curve_of(run)
        idle, busy = (_power(curve, run.states, phase) for phase in ("idle", "run"))
        if idle is None or busy is None:
            return None
        found.append((idle, busy))
    return _sum_up(name, found, sum(run.tweets for run in runs)) if found else None


def read_meter(source: EnergySource) -> tuple[np.ndarray, np.ndarray]:
    """A meter's readings: seconds since 1970 by this machine's clock, ascending, and watts. Raises `InputError`.

    What follows the last line's end is left out, as the meter's program may just be writing it.
    """
    path = Path(str(source.meter))
    columns = [source.watts_column] if source.watts_column else [source.volts_column, source.amperes_column]
    try:
        lines = path.read_text(encoding="utf-8").rpartition("\n")[0]
        table = pd.read_csv(StringIO(lines), usecols=[source.time_column, *columns])
        watts = table[columns].astype(float).prod(axis=1, skipna=False).to_numpy()
        seconds = _seconds(table[source.time_column]) + source.clock_offset_seconds
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not readable as a meter's readings: {error}") from None
    if not (np.isfinite(watts).all() and np.isfinite(seconds).all() and (np.diff(seconds) >= 0).all()):
        raise InputError(f"{path}: a meter's times have to ascend, and all its readings to be numbers")
    return seconds, watts


def _seconds(times: pd.Series) -> np.ndarray:
    """Since 1970, from such seconds or from ISO 8601, which is UTC where no zone is given."""
    if pd.api.types.is_numeric_dtype(times):
        return times.to_numpy(float)
    return (pd.to_datetime(times, utc=True, format="ISO8601") - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()


def _source(runs: Sequence[Run], source: EnergySource) -> tuple[str, Callable[[Run], _Curve | None]]:
    """The source of the readings, by name, and the curve of a run: the meter's, if there is one, before the board's own."""
    if source.meter:
        seconds, watts = read_meter(source)
        name = f"meter {Path(source.meter).name}"
        return name, lambda run: None if run.started is None else _rising(seconds - run.started, watts)
    # The rail that feeds all others, if the board has one: POM_5V_IN, VDD_IN.
    inputs = {rail for run in runs for state in run.states for rail in state.power_w or {} if rail.endswith("_IN")}
    rails = source.rails or sorted(inputs)[:1]
    if rails:
        return f"INA3221 {' + '.join(rails)}", lambda run: _from_rails(run, rails)
    return "RAPL", _from_counters


def _from_rails(run: Run, rails: Sequence[str]) -> _Curve | None:
    if not all(state.power_w and set(rails) <= set(state.power_w) for state in run.states):
        return None
    watts = [sum(state.power_w[rail] for rail in rails) for state in run.states if state.power_w]
    return _rising(_times(run), np.array(watts))


def _from_counters(run: Run) -> _Curve | None:
    """The sum of all packages' counters, each at most once around between two readings."""
    readings = [state.energy_counters for state in run.states if state.energy_counters]
    if len(readings) < len(run.states) or not readings:
        return None
    joules = np.zeros(len(readings))
    for package, first in readings[0].items():
        rises = np.diff([reading[package].microjoules for reading in readings if package in reading])
        if len(rises) < len(readings) - 1:
            return None
        joules[1:] += np.cumsum(rises % first.wraps_at) / 1e6
    return _Curve(_times(run), joules)


def _times(run: Run) -> np.ndarray:
    return np.array([state.seconds_since_start for state in run.states])


def _rising(seconds: np.ndarray, watts: np.ndarray) -> _Curve:
    """Readings of power joined by straight lines."""
    steps = np.diff(seconds) * (watts[1:] + watts[:-1]) / 2
    return _Curve(seconds, np.concatenate([[0.0], np.cumsum(steps)]))


def _power(curve: _Curve | None, states: Sequence[DeviceState], phase: str) -> _Power | None:
    """The mean power of a phase; None if readings do not cover it or lie too far apart."""
    times = [state.seconds_since_start for state in states if state.phase == phase]
    if curve is None or len(times) < 2 or times[-1] <= times[0]:
        return None
    edges, part = np.linspace(times[0], times[-1], _PARTS + 1, retstep=True)
    within = curve.seconds[(curve.seconds > times[0]) & (curve.seconds < times[-1])]
    covered = len(curve.seconds) and curve.seconds[0] <= times[0] and curve.seconds[-1] >= times[-1]
    if not covered or np.diff([times[0], *within, times[-1]]).max() > part / _READINGS_PER_PART:
        return None
    means = np.diff(np.interp(edges, curve.seconds, curve.joules)) / part
    return _Power(float(means.mean()), float(means.std(ddof=1) / np.sqrt(_PARTS)), times[-1] - times[0])


def _sum_up(source: str, found: Sequence[tuple[_Power, _Power]], tweets: int) -> Energy:
    """Joules above idle, over all runs; the parts' errors add up as variances, and their interval is Student's."""
    from scipy.special import stdtrit  # takes a fifth of the job's time to import, and few devices tell energy

    seconds = sum(busy.seconds for _, busy in found)
    joules = sum((busy.watts - idle.watts) * busy.seconds for idle, busy in found)
    variances = [(busy.seconds * power.error) ** 2 for idle, busy in found for power in (idle, busy)]
    margin = float(np.sqrt(sum(variances)) * stdtrit(_degrees_of_freedom(variances), (1 + _CONFIDENCE) / 2))
    return Energy(
        source=source,
        idle_w=sum(idle.watts * busy.seconds for idle, busy in found) / seconds,
        mean_w=sum(busy.watts * busy.seconds for _, busy in found) / seconds,
        joules_per_tweet=joules / tweets,
        low=(joules - margin) / tweets,
        high=(joules + margin) / tweets,
    )


def _degrees_of_freedom(variances: Sequence[float]) -> float:
    """Of a sum of variances, each estimated from as many parts (Welch 1947, Satterthwaite 1946)."""
    squares = sum(variance**2 for variance in variances)
    return (_PARTS - 1) * (sum(variances) ** 2 / squares if squares else 1.0)
