import AMQP
import NIOCore
import Pump

/// Moves messages as they came, apart from what would make the destination refuse them or what the broker added, and
/// from what the configuration sets.
final class ShovelTransform: MessageTransform {
    private let rewriter: PropertyRewriter
    private let edits: ShovelEdits?
    private let quarantine: QuarantineReturn?

    /// - Parameters:
    ///   - edits: what the configuration sets, or `nil` for nothing.
    ///   - quarantine: how messages are put back, where the source is a quarantine.
    init(edits: ShovelEdits?, quarantine: QuarantineReturn? = nil) {
        self.quarantine = quarantine
        var rewriter = PropertyRewriter { raw, name in BrokerHeaders.contain(raw, name) }
        rewriter.clearsUserID = true
        self.rewriter = rewriter
        self.edits = edits
    }

    func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        do {
            if let quarantine { return try restored(message, quarantine) }
            if let edits { return try edited(message, edits) }
            let (layout, needsEdit) = try message.batch.withRawProperties(at: message.index) { raw throws(WireError) in
                let layout = try PropertyLayout(raw)
                if layout.has(BasicProperties.Flag.userID) { return (layout, true) }
                var headers = RawHeaders(raw, layout: layout)
                while let header = try headers.next() {
                    if rewriter.dropsHeader(raw, header.name) { return (layout, true) }
                }
                return (layout, false)
            }
            return .publish(needsEdit ? .spliced(rewriter, layout) : .asDelivered)
        } catch {
            return .quarantine(.malformed("\(error)"))
        }
    }

    private func restored(_ message: PumpMessage, _ quarantine: QuarantineReturn) throws(WireError) -> Disposition {
        var properties = try message.properties()
        let route = try quarantine.restore(&properties)
        edits?.apply(to: &properties)
        var encoded = ByteBuffer()
        try properties.encode(into: &encoded)
        return .publishTo(route, .replaced(encoded))
    }

    /// The slow way: decoded, changed, encoded again.
    private func edited(_ message: PumpMessage, _ edits: ShovelEdits) throws(WireError) -> Disposition {
        var properties = try message.properties()
        edits.apply(to: &properties)
        var encoded = ByteBuffer()
        try properties.encode(into: &encoded)
        return .publish(.replaced(encoded))
    }
}
