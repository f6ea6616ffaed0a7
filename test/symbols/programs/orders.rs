// Waits in accept() in a method of a trait, for a generic type, inside a module.
use std::io::Write;
use std::net::{TcpListener, TcpStream};

mod orders {
    use super::*;

    pub trait Take {
        fn take_order(&self) -> std::io::Result<TcpStream>;
    }

    pub struct Desk<T> {
        pub listener: T,
    }

    impl Take for Desk<TcpListener> {
        #[inline(never)]
        fn take_order(&self) -> std::io::Result<TcpStream> {
            let (stream, peer) = self.listener.accept()?;
            println!("{peer}");
            Ok(stream)
        }
    }
}

use orders::Take;

#[inline(never)]
fn open_desk() {
    let desk = orders::Desk { listener: TcpListener::bind("127.0.0.1:0").unwrap() };
    println!("{}", std::process::id());
    std::io::stdout().flush().unwrap();
    let stream = desk.take_order().unwrap();
    println!("{stream:?}");
}

fn main() {
    // Whatever becomes of the test.
    std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_secs(120));
        std::process::exit(1);
    });
    open_desk();
}
