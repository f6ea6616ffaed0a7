import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * As paths.c, of which it has the fetches: 17 are closed, 23 forgotten. A server accepts them all in one loop and hangs up.
 * Somebody keeps what is forgotten, or the collector would close it.
 */
public class Paths {
  private static final List<Socket> forgotten = new ArrayList<>();
  private static int port;

  static Socket dial() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  static void toldEnd(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {}
  }

  static void fetchClosed() throws IOException {
    Socket socket = dial();
    toldEnd(socket);
    socket.close();
  }

  static void fetchForgotten() throws IOException {
    Socket socket = dial();
    toldEnd(socket);
    forgotten.add(socket);
  }

  static void acceptLoop(ServerSocket listener) {
    try {
      while (true) {
        Socket socket = listener.accept();
        socket.getOutputStream().write('c');
        socket.close();
      }
    } catch (IOException error) {
      error.printStackTrace();
    }
  }

  public static void main(String[] args) throws IOException {
    ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    port = listener.getLocalPort();
    Thread server = new Thread(() -> acceptLoop(listener), "acceptor");
    server.setDaemon(true);
    server.start();
    for (int turn = 0; turn < 23; turn++) {
      if (turn < 17) fetchClosed();
      fetchForgotten();
    }
    System.out.printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":23}%n", ProcessHandle.current().pid(), port);
    System.in.read();
  }
}
