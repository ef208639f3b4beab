import AMQP
import NIOCore
import RabbitStream

/// Holds the confirms of a stream back until the exchange of its store was seen to be open after they came.
///
/// A relay that was frozen or cut off may publish into a store whose epoch has ended: its broker takes what is published to a
/// stream, whoever publishes it. Once the epoch is closed, the exchange is another, and declaring it as it was is refused.
/// What was confirmed before a declaration that is refused may be too late for whoever reads the store: the source keeps it.
/// What was confirmed before one that succeeds is in time.
///
/// Confined to the session's event loop.
final class ConfirmGate: ChannelReceiver {
    /// How often it is asked at most, unless many wait.
    private static let interval = TimeAmount.milliseconds(5)
    private static let many = 512
    /// After how long without an answer nothing more is published, so that little comes too late where the answer is no.
    private static let patience = TimeAmount.seconds(1)
    /// After how long without a confirm the broker is made to say whether it is in an alarm: it tells only those who
    /// publish over AMQP.
    private static let silence = TimeAmount.seconds(2)

    /// Who publishes, and is told.
    weak var destination: StreamDestination?
    private let lane: ChannelLane
    let exchange: String
    private let eventLoop: any EventLoop

    /// Confirmed, and to be asked about.
    private var held: [UInt64] = []
    /// Being asked about.
    private var asked: [UInt64] = []
    private var isAsking = false
    private var isWaiting = false
    private var lastAsked = NIODeadline.uptimeNanoseconds(0)
    private var lastPoke: NIODeadline
    /// Probes whose confirm is awaited: by the number on the channel, that of the session.
    private var probes: [UInt64: UInt64] = [:]

    init(_ lane: ChannelLane, exchange: String) {
        self.lane = lane
        self.exchange = exchange
        eventLoop = lane.eventLoop
        lastPoke = lane.eventLoop.now
    }

    var failure: PumpError? { lane.failure.map { .destination($0) } }

    /// Why the broker takes no publishes.
    var alarm: String? { lane.blockedReason }
    /// Whether it is known, or about to be, that what is confirmed counts.
    private(set) var answers = true

    func begin() { lane.receiver = self }

    func end() {
        lane.receiver = nil
        held.removeAll()
        asked.removeAll()
        probes.removeAll()
    }

    // MARK: Asking

    /// Takes what the stream has confirmed. It is asked about with ``ask()``.
    func hold(_ ids: PublishingIDs) {
        held.append(contentsOf: ids)
    }

    /// Asks about what is held, now or soon.
    func ask() {
        guard !held.isEmpty, !isAsking, !isWaiting else { return }
        let now = eventLoop.now
        guard held.count >= Self.many || now - lastAsked >= Self.interval else {
            isWaiting = true
            eventLoop.assumeIsolated().scheduleTask(deadline: lastAsked + Self.interval) {
                self.isWaiting = false
                self.ask()
            }
            return
        }
        isAsking = true
        lastAsked = now
        swap(&held, &asked)
        lane.redeclareFanout(exchange).assumeIsolated().whenComplete { result in self.answered(result) }
    }

    private func answered(_ result: Result<Void, any Error>) {
        isAsking = false
        if !answers {
            answers = true
            destination?.writabilityChanged()
        }
        switch result {
        case .success:
            destination?.judged(asked)
            asked.removeAll(keepingCapacity: true)
            ask()
        case .failure(let error):
            destination?.gateFailed(PumpError(error, of: .destination))
        }
    }

    // MARK: Probes

    /// Publishes a probe over AMQP, since a stream would keep it; it has arrived once the stream's leader has answered as
    /// well.
    func probe(
        _ batch: DeliveryBatch,
        at index: Int,
        properties: PublishedProperties,
        to route: PublishRoute,
        as sequence: UInt64
    ) -> Bool {
        let outcome = lane.publish(batch, at: index, to: route, properties: properties, mandatory: false)
        guard case .published(let number) = outcome else { return false }
        probes[number] = sequence
        lane.flush()
        return true
    }

    func received(_ confirms: [Confirm]) {
        for confirm in confirms {
            let passed = probes.keys.filter { confirm.isMultiple ? $0 <= confirm.sequence : $0 == confirm.sequence }
            for number in passed.sorted() {
                guard let sequence = probes.removeValue(forKey: number) else { continue }
                destination?.probeArrived(sequence, isTaken: confirm.isPositive)
            }
        }
    }

    // MARK: Alarms

    /// Looks each second whether something was published for long and not confirmed, or was confirmed and the question
    /// whether that counts is not answered.
    func watch() {
        guard let destination, lane.receiver != nil else { return }
        if isAsking, answers, eventLoop.now - lastAsked >= Self.patience {
            answers = false
            destination.writabilityChanged()
        }
        let silentSince = max(destination.lastConfirm, lastPoke)
        if destination.awaitsConfirms, alarm == nil, eventLoop.now - silentSince >= Self.silence { poke() }
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.watch() }
    }

    /// Something that is published over AMQP and that nobody gets has the broker say that it is in an alarm, if it is.
    private func poke() {
        lastPoke = eventLoop.now
        _ = try? lane.publish(ByteBuffer(), properties: BasicProperties(), exchange: "", routingKey: exchange)
        lane.flush()
    }

    func publishabilityChanged() { destination?.writabilityChanged() }

    func closed(_ error: AMQPError) { destination?.gateFailed(.destination(error)) }
}
