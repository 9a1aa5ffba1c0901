"""The year's figures, and what an almanac concludes from them. In Python, built by `modpm build`.

Hears `census`, `weather.changed`, `harvest.gathered` and `fair.closed`, from scripts and from a mod in C.
Publishes `almanac.page` {day, mean, trend, words} at the end of each season. Imports stand at the top: in
the game there are no files to import from.
"""

from statistics import fmean, linear_regression

import modpm

pages = 0
people: list[int] = []
temperatures: list[int] = []
takings = 0


def on_init() -> None:
    for event in ("census", "weather.changed", "harvest.gathered", "fair.closed", "season.changed"):
        modpm.subscribe(event)


def on_event(event: str, data: dict) -> None:
    global takings
    match event:
        case "census":
            people.append(data["people"])
        case "weather.changed":
            temperatures.append(data["temperature"])
        case "harvest.gathered" if data["share"] > 1:
            modpm.log(f"So many sacks as {data['sacks']} the almanac has never seen.")
        case "fair.closed":
            takings += data["takings"]
        case "season.changed":
            people.append(data["people"])
            write_page(data["day"])


def write_page(day: int) -> None:
    """Sum up what was heard since the last page."""
    global pages
    pages += 1
    page = {"day": day, "mean": round(mean_temperature(), 1), "trend": trend(), "takings": takings}
    modpm.publish("almanac.page", page)


def mean_temperature() -> float:
    """Return the mean of the seasons so far, in °C; 0 before the first."""
    return fmean(temperatures) if temperatures else 0.0


def trend() -> float:
    """Return by how many people the realm grows from one census to the next."""
    if len(people) < 2:
        return 0.0
    return round(linear_regression(range(len(people)), people).slope, 2)


def on_shutdown() -> None:
    modpm.log(f"The almanac has {pages} pages: {mean_temperature():.1f} °C, {takings} pence at the fair.")
