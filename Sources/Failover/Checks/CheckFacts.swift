import Leadership
import Management
import Relay
import RopewayConfiguration

/// A fact, or why it is not known.
enum Known<Value: Sendable>: Sendable {
    case known(Value)
    case unknown(String)

    /// The fact, where it is known.
    var value: Value? {
        if case .known(let value) = self { value } else { nil }
    }

    /// Asks a site.
    static func of<Failure: Error>(_ body: () async throws(Failure) -> Value) async -> Known {
        do throws(Failure) {
            return .known(try await body())
        } catch {
            return .unknown("\(error)")
        }
    }
}

/// Everything that checks judge by, as it was read from the sites.
struct CheckFacts: Sendable {
    /// The pair's name.
    var pair: String
    /// The routes, as configured.
    var routes: [RouteConfiguration]
    /// The site that is active, or stops to be.
    var active: SiteFacts
    /// The site that stands by, or is to be promoted.
    var standby: SiteFacts
    /// What the records say; `nil` where that is not looked at.
    var records: RecordView?
    /// The hooks that can't be run.
    var hooks: [HookTrouble] = []
}

/// What one site tells.
struct SiteFacts: Sendable {
    /// The site's name.
    var name: String
    /// Its virtual host.
    var virtualHost: String
    /// Its listeners that passwords go to unencrypted.
    var unencrypted: [BrokerEndpoint] = []
    /// Its health; `nil` where that is not looked at.
    var condition: SiteCondition?
    /// Why nothing else is known of it; `nil` where it answered.
    var silence: String?
    /// Whether its virtual host is there.
    var presence: Known<VirtualHostPresence> = .unknown("not asked")
    /// The user that relays, with its tags.
    var user: Known<User> = .unknown("not asked")
    /// The user for policies and records, with its tags.
    var admin: Known<User> = .unknown("not asked")
    /// The version of its broker.
    var version: Known<BrokerVersion> = .unknown("not asked")
    /// The number of its nodes; `nil` where it was not asked.
    var nodes: Result<Int, ManagementError>?
    /// Why streams can't be copied from it or to it; `nil` where they can, or no route has that.
    var streamFault: TopologyError?
    /// Whether that only has stream stores written and read over AMQP.
    var hasOnlyStoresOnStreams = false
    /// The policies of its virtual host.
    var policies: Known<[Policy]> = .unknown("not asked")
    /// The operator policies of its virtual host.
    var operatorPolicies: Known<[Policy]> = .unknown("not asked")
    /// How many queues it may have; `nil` for any number.
    var queueLimit: Known<Int?> = .unknown("not asked")
    /// The names of the queues that it has; asked for only where there is a limit.
    var queueNames: Known<Set<String>> = .unknown("not asked")
    /// What it holds of routes that are not configured.
    var orphans: Known<[OrphanedQueue]> = .known([])
    /// Which routes and shovels are paused, by this site's copy; `nil`: it has none.
    var pauses: Known<PauseLedger?> = .known(nil)
    /// Quarantines of the pair that hold messages.
    var quarantines: [QueueTotals] = []
    /// The lock's queue.
    var lock: Known<QueueDetails?> = .unknown("not asked")
    /// What was tried for the lock.
    var lockRights: [SiteRight.Answer] = []
    /// What it tells of each route, by name.
    var routes: [String: RouteFacts] = [:]

    /// What the rules of setting a route up go by; `nil` where a part of it is not known.
    var premises: RouteForesight.Premises? {
        guard let version = version.value, policies.value != nil, let operatorPolicies = operatorPolicies.value
        else { return nil }
        return RouteForesight.Premises(
            virtualHost: virtualHost,
            version: version,
            nodes: nodes,
            operatorPolicies: operatorPolicies
        )
    }
}

/// What one site tells of one route.
struct RouteFacts: Sendable {
    /// The route's exchange.
    var exchange: Known<Exchange?>
    /// What it leads to.
    var graph: Known<ExchangeGraph>
    /// Its alternate exchange, where that leads to a queue.
    var alternate: Known<String?>
    /// The queues behind it, by name; `nil` for one that is gone.
    var queues: Known<[String: QueueDetails?]>
    /// The route's capture.
    var capture: Known<QueueDetails?>
    /// The route's store.
    var store: Known<QueueDetails?>
    /// What was tried for the route as it runs: on the active site its capture, on the other its store.
    var routeRights: [SiteRight.Answer] = []
    /// What was tried for a promotion.
    var replayRights: [SiteRight.Answer] = []
    /// What was tried for the quarantine.
    var quarantineRights: [SiteRight.Answer] = []
    /// Whether a replay may publish.
    var publishing: Known<ReplayRights>?
}
