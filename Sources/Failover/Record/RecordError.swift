import Leadership
import Management

/// Why a pair's record could not be read or written, at which site, and what to do about it.
package struct RecordError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    package enum Kind: Sendable, Hashable {
        /// The site's management API did not answer, or did not let this user in.
        case unavailable(ManagementError)
        /// The record has a version that this Ropeway does not know.
        case unknownVersion(Int)
        /// The global parameter is no record.
        case malformed(String)
        /// The record is that of a pair of the same name in another virtual host of the cluster.
        case anotherVirtualHost(String)
        /// A record of a higher epoch, or of the same epoch by a later holder of the lock, is there already.
        case superseded(epoch: Int, generation: UInt64)
        /// What was read back is not what was written: somebody else writes.
        case notWhatWasWritten
    }

    /// What happened.
    package var kind: Kind
    /// The site's name.
    package var site: String
    /// The global parameter, or what they all start with.
    package var parameter: String

    /// Creates an error.
    package init(_ kind: Kind, site: String, parameter: String) {
        self.kind = kind
        self.site = site
        self.parameter = parameter
    }

    /// What happened, without where.
    package var reason: String {
        switch kind {
        case .unavailable(let error): error.description
        case .unknownVersion(let version):
            "it has version \(version), which this Ropeway does not know"
        case .malformed(let what): "it can't be read: \(what)"
        case .anotherVirtualHost(let host): "it is that of a pair of the same name in virtual host '\(host)'"
        case .superseded(let epoch, let generation):
            "a record of epoch \(epoch), written under lock generation \(generation), is there already"
        case .notWhatWasWritten: "what was read back is not what was written"
        }
    }

    /// What an operator can do.
    package var hint: String {
        switch kind {
        case .unavailable(let error): error.hint
        case .unknownVersion: "run the version of Ropeway that wrote it"
        case .anotherVirtualHost:
            "give this pair another name: the records of all virtual hosts of a cluster stand side by side"
        case .malformed: "look at the parameter; the records of earlier epochs are beside it"
        case .superseded: "this process no longer leads: look at the status of the daemon that does"
        case .notWhatWasWritten: "find out who else writes the parameter; only the holder of the site's lock may"
        }
    }

    /// What happened and where, without what to do about it.
    package var summary: String { "global parameter '\(parameter)' at site '\(site)': \(reason)" }

    package var description: String { "\(summary); \(hint)" }

    /// The failure as whoever leads the pair sees it.
    package var fault: RecordFault {
        let isForbidden = if case .unavailable(let cause) = kind, case .forbidden = cause.kind { true } else { false }
        return RecordFault(site: site, summary: summary, hint: hint, isForbidden: isForbidden)
    }
}

extension RecordError {
    /// What is wrong with something that could not be decoded, for people.
    static func explain(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "'\(key.stringValue)' is missing\(context.codingPath.isEmpty ? "" : " in '\(path(context))'")"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            "'\(path(context))': \(context.debugDescription)"
        default: "\(error)"
        }
    }
}
