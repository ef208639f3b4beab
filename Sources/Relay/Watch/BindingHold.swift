/// Which bindings the capture keeps for a while though the exchange has them no more.
///
/// Consumers with queues of their own leave and come back, and so do nodes, whose classic queues lose their bindings
/// meanwhile on RabbitMQ 3. What is published in the moment before the binding is seen again would not be captured.
struct BindingHold: Sendable, Hashable {
    /// How long a binding outlives its original.
    static let usual = Duration.seconds(300)

    private let duration: Duration
    private var goneSince: [CaptureBinding: ContinuousClock.Instant] = [:]

    init(_ duration: Duration = usual) { self.duration = duration }

    /// Takes a look into account.
    ///
    /// - Returns: which of the bindings that the capture has, and needs no more, it keeps.
    mutating func held(
        present: Set<CaptureBinding>,
        wanted: Set<CaptureBinding>,
        at now: ContinuousClock.Instant
    ) -> Set<CaptureBinding> {
        let extra = present.subtracting(wanted)
        goneSince = goneSince.filter { extra.contains($0.key) }
        for binding in extra where goneSince[binding] == nil { goneSince[binding] = now }
        return extra.filter { now - (goneSince[$0] ?? now) < duration }
    }
}
