/// Why a file of definitions can't be used. Nothing was changed anywhere.
public struct DefinitionsFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public var path: String
    /// Where in the file, such as `queues[3].name`; empty for the file as a whole.
    public var place: String
    /// What is wrong there.
    public var reason: String
    /// What to do.
    public var hint: String

    /// Creates an error.
    public init(path: String, place: String = "", reason: String, hint: String) {
        self.path = path
        self.place = place
        self.reason = reason
        self.hint = hint
    }

    /// Where and what, in one line.
    public var description: String { path + (place.isEmpty ? "" : ": \(place)") + ": \(reason)" }
}
