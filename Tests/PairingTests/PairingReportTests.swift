import ControlModel
import ErrorCodes
import Failover
import Testing

@testable import Pairing

@Suite("How pairing ends")
struct PairingReportTests {
    @Test(
        "Given a check that fails at the end, when something was changed, then it is incomplete, else a precondition failed"
    )
    func exitCode() {
        // given
        var report = PairingReport(pair: "shop", configuration: "ropeway.yaml", active: "dc1")
        report.check = CheckReport(
            pair: "shop",
            findings: [CheckFinding(.fail, code: .exchangeIdle, message: "none")]
        )
        #expect(report.exitCode == .preconditionFailed)

        // when
        report.wasWritten = true

        // then
        #expect(report.exitCode == .incomplete)
    }
}
