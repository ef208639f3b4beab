import ControlModel
import ErrorCodes
import FoundationEssentials
import Testing

@testable import ControlAPI

@Suite("What is shown of the API's listeners")
struct ListenerBoardTests {
    @Test("Given listeners that are told of in any order, when they are shown, then each has its place")
    func order() {
        let board = ListenerBoard()
        board.expect(["/run/api.sock", "127.0.0.1:8470"])
        let fault = OperationError(.failed, code: .addressInUse, message: "m", hint: "h")
        board.failed("127.0.0.1:8470", fault, now: Date())
        #expect(board.listeners.map(\.address) == ["127.0.0.1:8470"])
        board.opened("/run/api.sock")
        #expect(board.listeners.map(\.address) == ["/run/api.sock", "127.0.0.1:8470"])
        #expect(board.listeners.map(\.listening) == [true, false])
    }
}
