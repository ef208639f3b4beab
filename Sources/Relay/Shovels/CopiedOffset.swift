import ErrorCodes
import Pump
import RopewayConfiguration

/// Where an offset of a stream is in the copy that a shovel makes of it.
package struct CopiedOffset: Sendable, Hashable {
    /// Nothing of the source from the offset on that was asked for lies before this one in the copy.
    package var offset: UInt64
    /// Why the message there may not be the one that was asked for; `nil` where it is.
    package var doubt: String?

    /// Why nothing can be said.
    package struct Failure: Error, Sendable {
        package var code: ErrorCode
        package var message: String
        package var hint: String
    }

    /// Finds it.
    ///
    /// - Returns: `nil` for a shovel that does not copy a stream into a stream.
    package static func find(
        _ offset: UInt64,
        pair: String,
        _ shovel: ShovelConfiguration,
        from source: Site,
        to destination: Site
    ) async throws(Failure) -> CopiedOffset? {
        let names = ObjectNames(pair: pair, route: shovel.name)
        guard let ends = StreamShovelEnds(shovel, names, from: source, to: destination) else { return nil }
        let lookup = OffsetLookup(source: ends.source, destination: ends.destination, reference: ends.reference)
        do throws(OffsetLookup.Failure) {
            let answer = try await lookup.find(offset)
            return CopiedOffset(offset: answer.offset, doubt: answer.doubt.map { text($0, source, destination) })
        } catch {
            throw Failure(error, ends, source, destination)
        }
    }

    private static func text(_ doubt: OffsetLookup.Doubt, _ source: Site, _ destination: Site) -> String {
        switch doubt {
        case .notCopied: "it was not copied yet: what is copied from now on lies there or behind"
        case .sourceLost(let reason): "\(source.name) can't be asked: \(reason)"
        case .tooMany(let most): "more than \(most) messages of either stream would have to be compared"
        case .alike(let last): "messages up to offset \(last) look the same as that one"
        case .removed: "\(source.name) or \(destination.name) has not all of the messages that were to be compared"
        }
    }
}

extension CopiedOffset.Failure {
    fileprivate init(_ failure: OffsetLookup.Failure, _ ends: StreamShovelEnds, _ source: Site, _ destination: Site) {
        switch failure {
        case .destination(let error):
            let error = TopologyError(error, onStreamsOf: destination, object: ends.destination.stream)
            self.init(code: error.code.errorCode, message: error.message, hint: error.hint)
        case .nothingCopied(let reference):
            self.init(
                code: .offsetUnknown,
                message:
                    "nothing was copied into '\(ends.destination.stream)' of site '\(destination.name)' as "
                    + "'\(reference)'",
                hint: "wait until the shovel has copied something; see ropeway status"
            )
        case .otherSource:
            self.init(
                code: .sourceRecreated,
                message: "'\(ends.source.stream)' of site '\(source.name)' is not the stream that was copied",
                hint:
                    "consume the copy from its start, or from a time: nothing is known of the offsets of another stream"
            )
        case .severalSources(let reason):
            self.init(
                code: .offsetUnknown,
                message: "the copy has had more than one source, and which of them the offset is of can't be told: "
                    + reason,
                hint: "consume the copy from a time, before that of the last message that was consumed"
            )
        }
    }
}
