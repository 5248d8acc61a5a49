-- By whom the daemon logs in: no more than what it needs (roles.sql before it, `peernet db init` behind it).
CREATE ROLE peernetd LOGIN;
GRANT peernet_daemon TO peernetd;
