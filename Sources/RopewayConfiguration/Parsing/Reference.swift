import Files
import TLSDiagnosis

/// What a configuration refers to outside of itself: it has to be there before the configuration is put to use, and a
/// command that only asks a running daemon needs none of it.
struct Reference: Sendable, Equatable {
    /// What is referred to.
    enum Target: Sendable, Equatable {
        /// A password or token.
        case secret(SecretSource)
        /// The files of a site's TLS settings.
        ///
        /// - Parameters:
        ///   - places: where each file is named, by its key below `tls`.
        ///   - isWhole: whether the settings themselves are right, so that a TLS library may look at the files.
        case tls(TLSOptions, places: [String: Place], isWhole: Bool)
    }

    /// Where in the document something stands.
    struct Place: Sendable, Equatable {
        let file: String
        let line: Int
        let column: Int?
        let key: String

        func problem(_ message: String, hint: String) -> ConfigurationProblem {
            ConfigurationProblem(
                file: self.file,
                line: self.line,
                column: self.column,
                key: self.key,
                message: message,
                hint: hint
            )
        }
    }

    let target: Target
    let place: Place

    /// What is wrong with it at this moment.
    func problems(environment: [String: String], checkTLSFiles: TLSFileFinding.Check?) -> [ConfigurationProblem] {
        switch self.target {
        case .secret(let source):
            do {
                _ = try source.resolve(environment: environment)
                return []
            } catch {
                return [self.place.problem(error.message, hint: error.hint)]
            }
        case .tls(let settings, let places, let isWhole):
            let unreadable = settings.files.compactMap { key, path in
                RegularFile.obstacle(path: path).map { obstacle in
                    (places[key] ?? self.place).problem(
                        "\(Shown.path(path)) can't be read: \(obstacle)",
                        hint: "name a PEM file that the user Ropeway runs as may read"
                    )
                }
            }
            guard unreadable.isEmpty, isWhole, let checkTLSFiles else { return unreadable }
            return checkTLSFiles(settings).map { finding in
                (places[finding.key] ?? self.place).problem(finding.message, hint: finding.hint)
            }
        }
    }
}

extension TLSOptions {
    /// The files that are named, by their keys.
    fileprivate var files: [(key: String, path: String)] {
        [("ca", self.certificateAuthorityPath), ("certificate", self.certificatePath), ("key", self.keyPath)]
            .compactMap { key, path in path.map { (key, $0) } }
    }
}

extension Cursor {
    /// Where it stands.
    var place: Reference.Place {
        Reference.Place(file: self.problems.file, line: self.line, column: self.column, key: self.key)
    }

    /// Takes note of what is referred to here.
    func refer(to target: Reference.Target) {
        self.problems.references.append(Reference(target: target, place: self.place))
    }
}
