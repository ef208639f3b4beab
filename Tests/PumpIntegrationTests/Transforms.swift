import AMQP
import NIOCore
import Pump
import PumpHarness

/// Puts an expiration that is no number into some messages, for which the broker closes the channel.
///
/// The messages must have an expiration.
final class ForgingTransform: MessageTransform {
    private let numbers: Set<Int>
    init(numbers: Set<Int>) { self.numbers = numbers }

    func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        guard numbers.contains(number(of: message.body)) else { return .publish(.asDelivered) }
        var rewriter = PropertyRewriter()
        rewriter.expiration = Array("12x".utf8)
        let layout = try? message.batch.withRawProperties(at: message.index) { raw throws(WireError) in
            try PropertyLayout(raw)
        }
        return .publish(layout.map { .spliced(rewriter, $0) } ?? .asDelivered)
    }
}

/// Publishes each message once, and leaves it out when it is to be published again.
final class OnlyOnceTransform: MessageTransform {
    private var seen: Set<UInt64> = []
    func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        seen.insert(slot).inserted ? .publish(.asDelivered) : .skip(.expired)
    }
}

/// Skips every second message, and ends the run at a number.
final class FinishingTransform: MessageTransform {
    private let end: Int
    init(end: Int) { self.end = end }
    func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        let number = number(of: message.body)
        if number >= end { return .finish }
        return number % 2 == 0 ? .publish(.asDelivered) : .skip(.outsideWindow)
    }
}
