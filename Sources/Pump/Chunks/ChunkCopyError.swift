import RabbitStream

/// Why a session that copies chunks ended before its time.
package indirect enum ChunkCopyError: Error, Sendable, CustomStringConvertible {
    /// The source was lost or refused something.
    case source(StreamError)
    /// The destination was lost or refused something.
    case destination(StreamError)
    /// A chunk of the source is not what it should be.
    case chunk(ChunkError, offset: UInt64)
    /// The source's stream is not there, or has no leader.
    case sourceUnavailable(ResponseCode)
    /// The destination's stream is not there, or has no leader.
    case destinationUnavailable(ResponseCode)
    /// The destination did not take what was published.
    case refused(ResponseCode, offset: UInt64)
    /// The source is another stream than the one that was copied up to here: it was deleted and declared again.
    case sourceRecreated(copied: UInt64)
    /// The source ends at an offset before what was copied of it: it lost its newest messages, as after a power loss, and
    /// gives their offsets to others.
    case sourceShortened(copied: UInt64, end: UInt64)
    /// Source and destination are one stream: the address of one leads to the broker of the other.
    case sameStream
    /// What is copied under this reference has been closed: nobody publishes under it any more.
    case closed(reference: String)
    /// There was work, and no confirm came for so long.
    case stalled(after: Duration)
    /// What one of the ends needs could not be looked at or declared.
    case preparation(PumpSide, code: String, message: String, hint: String)

    /// A stable word for status and metrics.
    package var code: String {
        switch self {
        case .source, .chunk: "source-lost"
        case .destination, .refused: "destination-lost"
        case .sourceUnavailable: "source-missing"
        case .destinationUnavailable: "destination-missing"
        case .sourceRecreated: "source-recreated"
        case .sourceShortened: "source-shortened"
        case .sameStream: "destination-is-source"
        case .closed: "epoch-ended"
        case .stalled: "stalled"
        case .preparation(_, let code, _, _): code
        }
    }

    package var description: String {
        switch self {
        case .source(let error): "source: \(error.summary)"
        case .destination(let error): "destination: \(error.summary)"
        case .chunk(let error, let offset): "source: the chunk at offset \(offset): \(error)"
        case .sourceUnavailable(let code): "source: the stream is not available (\(code))"
        case .destinationUnavailable(let code): "destination: the stream is not available (\(code))"
        case .refused(let code, let offset):
            "destination: what ends at offset \(offset) of the source was refused (\(code))"
        case .sourceRecreated(let copied):
            "source: the stream is not the one that was copied up to offset \(copied): it was deleted and declared again"
        case .sourceShortened(let copied, let end):
            "source: the stream ends at offset \(end), and was copied up to \(copied): it lost its newest messages"
        case .sameStream: "destination: the stream there is the source itself"
        case .closed(let reference):
            "destination: what was copied as '\(reference)' has been closed, and takes nothing more"
        case .stalled(let duration): "no confirm came for \(duration) although there was work"
        case .preparation(let side, _, let message, _): "\(side.rawValue): \(message)"
        }
    }

    /// What an operator can do.
    package var hint: String {
        switch self {
        case .source(let error), .destination(let error): error.hint
        case .chunk: "see whether another replica of the stream has the same; it is read again"
        case .sourceUnavailable, .destinationUnavailable:
            "declare the stream, or see that its nodes run; it goes on where it was by itself"
        case .refused: "see the destination's log; nothing is lost, the source keeps the messages"
        case .sourceRecreated: "what the old stream still held is gone with it; the new one is copied from its start"
        case .sourceShortened: "the copy has what the source lost; what comes now is copied behind it"
        case .sameStream: "correct the 'stream' addresses of the sites: both lead to one broker"
        case .closed: "nothing is lost, the source keeps its messages; look at the status of the daemon that leads now"
        case .stalled: "the session is restarted; if this repeats, look at the destination's stream and disks"
        case .preparation(_, _, _, let hint): hint
        }
    }
}

extension ChunkCopyError {
    /// It comes again however much was moved before: the wait for the next attempt goes on growing.
    var recursWhateverMoved: Bool {
        switch self {
        case .chunk: true
        case .source(let error), .destination(let error):
            [.protocolViolation, .corruptedChunk, .messageTooLarge].contains(error.code)
        default: false
        }
    }
}

/// Something that happened to a copied stream that its owner has to tell of. Copying goes on.
package enum ChunkCopyIncident: Sendable, Hashable {
    /// The source's retention removed messages before they were copied: from this offset to before that one, so many at
    /// most, since a stream leaves out an offset where a segment begins.
    case overtaken(from: UInt64, to: UInt64)
    /// The source was deleted and declared again. What the old one held from this offset on was not copied.
    case sourceRecreated(copied: UInt64)
    /// The source lost its newest messages, which the copy still has: from this offset to before that one, and perhaps others
    /// that had not been copied yet.
    case sourceShortened(from: UInt64, to: UInt64)
    /// The destination does not know any more how far the copy had got. It goes on at what the source knows of that: what
    /// was copied since is there twice.
    case forgotten(from: UInt64)
}
