//! tokio: hyper on it, and a task for each connection.

use crate::{Server, THREADS};
use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) fn http(listener: net::TcpListener) -> Result<Server> {
    serve(listener, |stream| async {
        // The others say no date either.
        let connection =
            http1::Builder::new().auto_date_header(false).serve_connection(TokioIo::new(stream), service_fn(answer));
        // A connection that breaks is the client's to report.
        let _ = connection.await;
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from(request.uri().path()[1..].to_owned())));
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("text/plain"));
    Ok(response)
}

pub(crate) fn echo(listener: net::TcpListener) -> Result<Server> {
    serve(listener, |mut stream| async move {
        let mut bytes = [0; 512];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            if stream.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    })
}

/// A task for each connection; the server ends with its runtime.
fn serve<F: Future<Output = ()> + Send + 'static>(
    listener: net::TcpListener,
    serve_one: impl Fn(TcpStream) -> F + Send + 'static,
) -> Result<Server> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_io().build()?;
    listener.set_nonblocking(true)?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a connection has this option");
            tokio::spawn(serve_one(stream));
        }
    });
    Ok(Box::new(runtime))
}
