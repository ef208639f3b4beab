import Leadership
import Relay
import RopewayConfiguration

extension PairEngine {
    /// Looks at everything that relaying and a promotion need, and changes nothing.
    public func check() async -> CheckReport {
        await readRecords()
        guard let first = sites[configuration.firstSite.name], let second = sites[configuration.secondSite.name] else {
            return CheckReport(pair: configuration.name, findings: [])
        }
        let checks = Checks(
            pair: configuration.name,
            routes: configuration.routes,
            sites: (first, second),
            healthTimeout: configuration.health.timeout
        )
        var findings = await checks.evaluate(
            for: .check,
            active: view?.record?.active ?? configuration.active,
            records: view
        )
        findings += await gapFindings()
        return CheckReport(pair: configuration.name, findings: findings)
    }
}
