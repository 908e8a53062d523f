from digitizer.proof import verify_bundle
from tests.proof.conftest import Told


def test_a_bundle_holds(told: Told) -> None:
    report = verify_bundle(told.bundle)
    assert [str(fault) for fault in report.faults] == []
    assert report.holds
    print(report, told.bundled)
