import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Wrong on purpose: read() returns -1 and the handler returns without close() (the list keeps the collector off). */
public final class Ignored {
  private static final List<Socket> sessions = new ArrayList<>();

  static void handle(Socket socket) throws Exception {
    sessions.add(socket);
    while (socket.getInputStream().read() >= 0) continue;
    // missing here: socket.close()
  }

  public static void main(String[] arguments) throws Exception {
    ServerSocket server = Zoo.listen(arguments);
    int port = server.getLocalPort();
    for (int i = 0; i < Zoo.count; i++) {
      Socket client = Zoo.peer(port);
      Socket accepted = server.accept();
      client.close();
      handle(accepted);
    }
    Zoo.until(() -> Zoo.rows(port, Zoo.CLOSE_WAIT, 0) == Zoo.count, "CLOSE_WAIT, EOF read");
    Zoo.ready(port);
    Zoo.hold();
  }
}
