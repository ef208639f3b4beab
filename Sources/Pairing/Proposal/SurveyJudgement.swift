import ControlModel
import ErrorCodes
import Failover
import Management

/// What of two sites stands in the way of pairing them, or should be known before.
struct SurveyJudgement {
    let pair: String
    let active: SiteSurvey
    let standby: SiteSurvey

    /// The oldest version that Ropeway is tested with.
    private static let oldest = BrokerVersion(3, 10)
    /// Clocks that differ by more are told of: RabbitMQ expires messages by its own.
    private static let clockTolerance = Duration.seconds(2)

    var findings: [CheckFinding] {
        var findings = sameCluster
        for site in [active, standby] {
            for look in [version, virtualHost, tags, clock, nodes, statistics, ownObjects] { findings += look(site) }
        }
        return findings
    }

    private var sameCluster: [CheckFinding] {
        guard active.virtualHost == standby.virtualHost, active.overview.clusterName == standby.overview.clusterName,
            !Set(active.nodes.map(\.name)).isDisjoint(with: standby.nodes.map(\.name))
        else { return [] }
        let first = active.overview.listeners.filter { $0.protocol == "amqp" }.map(\.port)
        guard first == standby.overview.listeners.filter({ $0.protocol == "amqp" }).map(\.port) else { return [] }
        return [
            CheckFinding(
                .fail,
                code: .sameCluster,
                message: "both addresses lead to cluster '\(active.overview.clusterName)' and its virtual host "
                    + "'\(active.virtualHost)'",
                hint: "name two clusters, or at least two virtual hosts"
            )
        ]
    }

    private func version(_ site: SiteSurvey) -> [CheckFinding] {
        guard site.version < Self.oldest else {
            let nodes = site.nodeCount == 1 ? "one node" : "\(site.nodeCount) nodes"
            return [
                CheckFinding(
                    .ok,
                    code: .version,
                    subject: site.name,
                    message: "RabbitMQ \(site.overview.version), \(nodes), cluster '\(site.overview.clusterName)'"
                )
            ]
        }
        return [
            CheckFinding(
                .fail,
                code: .version,
                subject: site.name,
                message: "RabbitMQ \(site.overview.version) is older than \(Self.oldest), the oldest that is supported",
                hint: "upgrade the site first"
            )
        ]
    }

    private func virtualHost(_ site: SiteSurvey) -> [CheckFinding] {
        guard !site.hasVirtualHost else { return [] }
        return [
            CheckFinding(
                .fail,
                code: .vhostMissing,
                subject: site.name,
                message:
                    "virtual host '\(site.virtualHost)' does not exist, or user '\(site.user.name)' has no access to it",
                hint: "rabbitmqctl add_vhost '\(site.virtualHost)', then rabbitmqctl set_permissions -p "
                    + "'\(site.virtualHost)' '\(site.user.name)' '.*' '.*' '.*'"
            )
        ]
    }

    private func tags(_ site: SiteSurvey) -> [CheckFinding] {
        let tags = Set(site.user.tags)
        guard !tags.contains("administrator") else { return [] }
        let missing = ["monitoring", "policymaker"].filter { !tags.contains($0) }
        guard !missing.isEmpty else { return [] }
        let wanted = (site.user.tags + missing).joined(separator: " ")
        return [
            CheckFinding(
                .fail,
                code: .userTags,
                subject: site.name,
                message: "user '\(site.user.name)' lacks the tag \(missing.joined(separator: " and "))",
                hint: "rabbitmqctl set_user_tags '\(site.user.name)' \(wanted)"
            )
        ]
    }

    private func clock(_ site: SiteSurvey) -> [CheckFinding] {
        guard let ahead = site.clockAhead else {
            return [
                CheckFinding(
                    .warn,
                    code: .clockUnknown,
                    subject: site.name,
                    message: "the management API does not say what time it is there",
                    hint: "see that the clocks of both sites and of this machine are synchronised"
                )
            ]
        }
        let off = max(ahead, .zero - ahead)
        guard off > Self.clockTolerance else { return [] }
        let seconds = Int((off / .seconds(1)).rounded())
        let size = seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
        return [
            CheckFinding(
                .warn,
                code: .clock,
                subject: site.name,
                message:
                    "its clock is \(size) \(ahead > .zero ? "ahead of" : "behind") this machine's: messages expire "
                    + "there by that clock, and are dated by this one",
                hint: "synchronise the clocks (NTP, chrony) before you rely on ttl"
            )
        ]
    }

    private func nodes(_ site: SiteSurvey) -> [CheckFinding] {
        var findings: [CheckFinding] = []
        let down = site.nodes.filter { !$0.isRunning }.map(\.name).sorted()
        if !down.isEmpty {
            findings.append(
                CheckFinding(
                    .warn,
                    code: .nodeDown,
                    subject: site.name,
                    message: "\(down.joined(separator: ", ")) does not run",
                    hint: "start it, so that queues are declared on all nodes"
                )
            )
        }
        for node in site.nodes where node.hasMemoryAlarm == true || node.hasDiskAlarm == true {
            findings.append(
                CheckFinding(
                    .fail,
                    code: .alarm,
                    subject: site.name,
                    message:
                        "node \(node.name) is in a \(node.hasDiskAlarm == true ? "disk" : "memory") alarm: nothing "
                        + "can be published to the site",
                    hint: "end the alarm first: free disk space, or have consumers empty the queues"
                )
            )
        }
        return findings
    }

    private func statistics(_ site: SiteSurvey) -> [CheckFinding] {
        guard site.overview.hasStatisticsDisabled, site.name == active.name else { return [] }
        return [
            CheckFinding(
                .warn,
                code: .statisticsDisabled,
                subject: site.name,
                message: "statistics are switched off there, so that limits can't be proposed from rates",
                hint: "look at max-length-bytes and ttl of each route yourself"
            )
        ]
    }

    private func ownObjects(_ site: SiteSurvey) -> [CheckFinding] {
        let own = site.ownObjects.filter { $0.hasPrefix("ropeway.\(pair).") }
        guard !own.isEmpty else { return [] }
        return [
            CheckFinding(
                .warn,
                code: .pairExists,
                subject: site.name,
                message: "it has \(own.count) objects of the pair '\(pair)' already, such as \(own[0])",
                hint: "they are taken up; for another pair choose another --name"
            )
        ]
    }
}
