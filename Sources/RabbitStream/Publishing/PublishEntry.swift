import NIOCore

/// What is published under one publishing id, and confirmed as one.
public struct PublishEntry: Sendable, Hashable {
    /// What it is.
    public enum Content: Sendable, Hashable {
        /// A message, in AMQP 1.0.
        case message(ByteBuffer)
        /// Messages side by side.
        case subBatch(SubBatch)
    }

    /// The id that its confirm names. Under a publisher's reference ids have to grow, or the broker drops what it takes
    /// for a repeat, and confirms it.
    public var publishingID: UInt64
    /// What it is.
    public var content: Content
    /// By what consumers can have the broker filter; not for sub-batches, and since RabbitMQ 3.13.
    public var filterValue: String?

    /// Makes an entry of one message.
    public init(_ publishingID: UInt64, message: ByteBuffer, filterValue: String? = nil) {
        self.publishingID = publishingID
        self.content = .message(message)
        self.filterValue = filterValue
    }

    /// Makes an entry of a sub-batch.
    public init(_ publishingID: UInt64, subBatch: SubBatch) {
        self.publishingID = publishingID
        self.content = .subBatch(subBatch)
        self.filterValue = nil
    }

    /// Its bytes in a frame.
    var encodedBytes: Int {
        let id = 8 + (filterValue.map { 2 + $0.utf8.count } ?? 0)
        return switch content {
        case .message(let message): id + EntryHeader.messageBytes + message.readableBytes
        case .subBatch(let batch): id + EntryHeader.subBatchBytes + batch.bytes.readableBytes
        }
    }

    /// The version of the command that can carry it.
    var version: UInt16 { filterValue == nil ? 1 : 2 }
}
