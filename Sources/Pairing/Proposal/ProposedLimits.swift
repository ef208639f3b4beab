import RopewayConfiguration

/// Limits for a route, from the traffic that is seen and the disks that are there.
struct ProposedLimits {
    private static let outage = Duration.seconds(4 * 3600)
    private static let hold = Duration.seconds(24 * 3600)
    private static let least = 1_000_000_000
    private static let times: [Duration] = [
        .seconds(3600), .seconds(2 * 3600), .seconds(6 * 3600), .seconds(12 * 3600), .seconds(24 * 3600),
        .seconds(2 * 86_400), .seconds(7 * 86_400),
    ]

    let captureBytes: ProposedRoute.Reasoned<Int>
    let timeToLive: ProposedRoute.Reasoned<Duration>
    let storeBytes: ProposedRoute.Reasoned<Int>

    /// - Parameters:
    ///   - activeShare: how much of the active site's disk the capture may take; `nil` if that is not known.
    ///   - standbyShare: how much of the standby site's disk the store may take.
    init(_ traffic: Traffic, activeShare: Int?, standbyShare: Int?) {
        captureBytes = Self.length(
            traffic.bytes(within: Self.outage),
            usually: 10_000_000_000,
            share: activeShare,
            purpose: "an unreachable standby site for 4 h",
            traffic: traffic
        )
        let time = Self.time(traffic)
        timeToLive = time
        storeBytes = Self.length(
            traffic.bytes(within: time.value + Self.hold),
            usually: 5_000_000_000,
            share: standbyShare,
            purpose: "ttl and hold",
            traffic: traffic
        )
    }

    private static func length(
        _ needed: Double?,
        usually: Int,
        share: Int?,
        purpose: String,
        traffic: Traffic
    ) -> ProposedRoute.Reasoned<Int> {
        let wanted = needed.map { max(usually, Self.rounded($0)) } ?? usually
        if let share, wanted > share {
            let bytes = max(Self.least, Self.roundedDown(share))
            return .init(bytes, "a share of the free disk; \(Self.said(needed, traffic, purpose))")
        }
        return .init(wanted, Self.said(needed, traffic, purpose))
    }

    private static func said(_ needed: Double?, _ traffic: Traffic, _ purpose: String) -> String {
        guard let needed else {
            return traffic.rate == nil
                ? "the default: no publishes were seen, so look again under load"
                : "the default: \(traffic.summary), of a size that no queue tells"
        }
        return "\(traffic.summary): \(purpose) takes \(Quantity.text(bytes: max(1_000_000, Self.rounded(needed))))"
    }

    private static func time(_ traffic: Traffic) -> ProposedRoute.Reasoned<Duration> {
        if let (queue, messages) = traffic.unconsumed {
            return .init(
                .seconds(24 * 3600),
                "queue \(queue) holds \(messages) messages that nobody takes; what waits longer than this is not replayed"
            )
        }
        guard let backlog = traffic.backlog, backlog > .seconds(1800) else {
            return .init(.seconds(3600), "the default: no queue has a backlog of half an hour")
        }
        let time = times.first { $0 >= backlog * 2 } ?? times[times.count - 1]
        let hours = max(1, Int((backlog / .seconds(3600)).rounded()))
        return .init(time, "the longest backlog takes about \(hours) h to consume")
    }

    /// Rounded up to 1, 2 or 5 times a power of ten.
    static func rounded(_ bytes: Double) -> Int {
        var step = 1
        while true {
            for factor in [1, 2, 5] where Double(step * factor) >= bytes { return step * factor }
            guard step < 1_000_000_000_000_000 else { return step }
            step *= 10
        }
    }

    /// Rounded down to 1, 2 or 5 times a power of ten.
    static func roundedDown(_ bytes: Int) -> Int {
        var step = 1
        while step <= bytes / 10 { step *= 10 }
        return step * (bytes / step >= 5 ? 5 : bytes / step >= 2 ? 2 : 1)
    }
}
