/// Why a file of definitions can't be used. Nothing was changed anywhere.
package struct DefinitionsFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package var path: String
    /// Where in the file, such as `queues[3].name`; empty for the file as a whole.
    package var place: String
    /// What is wrong there.
    package var reason: String
    /// What to do.
    package var hint: String

    /// Creates an error.
    package init(path: String, place: String = "", reason: String, hint: String) {
        self.path = path
        self.place = place
        self.reason = reason
        self.hint = hint
    }

    /// Where and what, in one line.
    package var description: String { path + (place.isEmpty ? "" : ": \(place)") + ": \(reason)" }
}
