import AMQP
import Management
import NIOCore
import NIOPosix
import Relay
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at a site once, through both its doors at the same time.
package enum SiteProbe {
    /// Asks every management endpoint for all checks, and connects to AMQP.
    ///
    /// - Parameter timeout: for everything. What hangs is given up at half of it or at its end, and counts as
    ///   unreachable.
    package static func once(_ site: Site, timeout: Duration) async -> SiteCondition {
        async let answer = amqp(site, timeout: timeout)
        async let ahead = clockAhead(site, timeout: timeout)
        let report = await checks(site, timeout: timeout)
        let (amqp, hint) = await answer
        var condition = health(of: site.name, report, amqp, at: Date())
        for hint in [hint] + report.failures.map(\.error.hint) {
            if let hint, !condition.hints.contains(hint) { condition.hints.append(hint) }
        }
        condition.clockAhead = await ahead
        return condition
    }

    private static func clockAhead(_ site: Site, timeout: Duration) async -> Double? {
        (try? await site.management.limited(to: timeout / 2).clockAhead()).map { $0 / .seconds(1) }
    }

    private static func checks(_ site: Site, timeout: Duration) async -> HealthReport {
        // The checks take up to two requests, one after the other.
        let api = site.management.limited(to: timeout / 2)
        let protocols = Set(site.configuration.amqp.map { $0.usesTLS ? "amqps" : "amqp" }).sorted()
        return await HealthChecks(api: api, protocols: protocols).run()
    }

    /// - Returns: the answer, and what to do where it is a bad one.
    private static func amqp(
        _ site: Site,
        timeout: Duration
    ) async -> (answer: SiteCondition.AMQPAnswer, hint: String?) {
        var configuration: ConnectionConfiguration
        do throws(SecretError) {
            configuration = try site.connection(name: "ropeway health", for: .look)
        } catch {
            return (.unauthorized(error.message), error.hint)
        }
        // An endpoint that hangs leaves time for another.
        configuration.connectTimeout = min(configuration.connectTimeout, timeout / 2)
        do throws(AMQPError) {
            let connection = try await AMQPConnection.connect(
                configuration,
                on: NIOSingletons.posixEventLoopGroup.next(),
                until: .now + timeout
            )
            // A broker that let us in and does not say goodbye in time is no worse for that.
            Task { await connection.close() }
            return (.ok, nil)
        } catch {
            switch error.code {
            case .authenticationFailed, .virtualHostRefused: return (.unauthorized(error.summary), error.hint)
            default: return (.unreachable(error.summary), error.hint)
            }
        }
    }

    static func health(
        of site: String,
        _ report: HealthReport,
        _ amqp: SiteCondition.AMQPAnswer,
        at now: Date
    ) -> SiteCondition {
        var reasons = report.rows.filter { $0.status == .failed }.map { row in
            "\(row.name) on \(row.node): \(row.reason ?? "failed")"
        }
        reasons += report.failures.map { "management API: \($0.error)" }
        switch amqp {
        case .ok: break
        case .unreachable(let reason): reasons.append("AMQP is unreachable: \(reason)")
        case .unauthorized(let reason): reasons.append("AMQP lets nobody in: \(reason)")
        }
        let verdict = SiteCondition.verdict(management: report.verdict, amqp: amqp)
        return SiteCondition(
            site: site,
            verdict: verdict,
            since: now,
            latest: verdict,
            polled: now,
            version: report.version,
            clusterName: report.clusterName,
            checks: report.rows,
            management: report.verdict,
            amqp: amqp,
            reasons: reasons,
            lastGood: verdict == .healthy ? now : nil
        )
    }
}
