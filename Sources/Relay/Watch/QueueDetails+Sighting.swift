import Management
import RopewayConfiguration

extension QueueDetails {
    /// What tells it from another of its name.
    package var incarnation: String? { totals.arguments[Incarnation.key]?.string }

    /// The node that leads it; `nil` where its member there does not run.
    var leader: String? {
        totals.node.flatMap { members.isEmpty || online.contains($0) ? $0 : nil }
    }

    /// The tag of every consumer that relays or replays.
    private static let relayTag = "ropeway"

    /// Who gets messages of the queue and is no relay of this user.
    func foreignConsumer(site: Site) -> String? {
        let own = site.configuration.credentials?.username
        let foreign = consumerDetails.first { consumer in
            consumer.isActive != false
                && (consumer.tag != Self.relayTag || (own != nil && consumer.user != nil && consumer.user != own))
        }
        return foreign.map {
            "consumer '\($0.tag)' of user '\($0.user ?? "unknown")' on connection '\($0.connection ?? "unknown")'"
        }
    }
}
