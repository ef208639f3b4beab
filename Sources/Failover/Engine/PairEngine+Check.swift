import ControlModel
import Leadership
import Relay
import RopewayConfiguration

extension PairEngine {
    /// Looks at everything that relaying and a promotion need, and changes nothing.
    package func check() async -> CheckReport {
        // A site that hangs takes its time once, not once for each question.
        async let gaps = gapFindings()
        await readRecords()
        guard let first = sites[configuration.firstSite.name], let second = sites[configuration.secondSite.name] else {
            return CheckReport(pair: configuration.name, findings: [])
        }
        let checks = Checks(
            pair: configuration.name,
            routes: configuration.routes,
            sites: (first, second),
            hooks: configuration.hooks,
            healthTimeout: configuration.health.timeout
        )
        let findings = await checks.evaluate(
            for: .check,
            active: view?.record?.active ?? configuration.active,
            records: view
        )
        return CheckReport(pair: configuration.name, findings: findings + (await gaps))
    }
}
