/// Names of routes, made from those of exchanges.
enum RouteName {
    /// The most that a name of a route may have.
    private static let longest = 64

    /// A name of `[a-z0-9-]{1,64}` that none of the others is.
    static func make(from exchange: String, apartFrom others: Set<String>) -> String {
        var name = ""
        for scalar in exchange.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isPlain {
                name.unicodeScalars.append(scalar)
            } else if !name.isEmpty, !name.hasSuffix("-") {
                name += "-"
            }
        }
        while name.hasSuffix("-") { name.removeLast() }
        if name.isEmpty { name = "route" }
        name = String(name.prefix(longest - 4))
        guard others.contains(name) else { return name }
        var number = 2
        while others.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}
