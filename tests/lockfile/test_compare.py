"""What became of decisions from one lock to the next."""

from modpm.conflict.claims import Claim, Decision
from modpm.document import Value
from modpm.lockfile import ClaimChange, Lock, LockedMod, Redecision, redecisions
from modpm.versions import parse_version
from tests.lockfile.conftest import Mod


def decided(*values: Value, strategy: str = "last-wins") -> Decision:
    """Return the decision on p.k, claimed by the mods a, b ... in this order."""
    claims = [Claim(mod, "p", "k", value) for mod, value in zip("abc", values, strict=False)]
    return Decision("p", "k", strategy, values[-1], claims[-1].mod, tuple(claims))


def lock(*decisions: Decision, mods: tuple[LockedMod, ...] = ()) -> Lock:
    """Return a lock with these decisions."""
    return Lock(mods, decisions)


def test_the_same_decision_is_no_news() -> None:
    """Nor are none at all."""
    assert redecisions(lock(decided(1, 2)), lock(decided(1, 2))) == ()
    assert redecisions(None, lock()) == ()


def test_a_changed_claim_is_told_with_the_versions_of_its_mod(mod: Mod) -> None:
    """That is what an update of the mod did, though another wins as before."""
    before, after = decided(1, 2), decided(5, 2)
    old, new = mod("a 1.0.0"), mod("a 1.1.0")
    [change] = redecisions(lock(before, mods=(old,)), lock(after, mods=(new,)))
    versions = parse_version("1.0.0"), parse_version("1.1.0")
    claim = ClaimChange("a", before.claims[0], after.claims[0], *versions)
    assert change == Redecision("p", "k", before, after, (claim,))


def test_a_number_is_not_the_same_number_of_another_type() -> None:
    """A lock writes 1 and 1.0 differently, and true is no number at all."""
    pairs: list[tuple[Value, Value]] = [(1, 1.0), (1, True), ({"a": 0}, {"a": 0.0})]
    for one, other in pairs:
        assert redecisions(lock(decided(2, one)), lock(decided(2, other)))


def test_what_comes_and_goes() -> None:
    """A new conflict has no before, a settled one no after; of both no claims are compared."""
    one = decided(1, 2)
    assert redecisions(None, lock(one)) == (Redecision("p", "k", None, one),)
    assert redecisions(lock(one), lock()) == (Redecision("p", "k", one, None),)


def test_a_changed_rule_changes_no_claim() -> None:
    """The strategies tell why then."""
    before, after = decided(1, 2), decided(1, 2, strategy="priority")
    assert redecisions(lock(before), lock(after)) == (Redecision("p", "k", before, after),)
