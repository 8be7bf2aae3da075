// NNI's server listens on every network interface and asks for no password. Loaded before it by
// NODE_OPTIONS="--require /path/to/loopback.cjs", this lets every server of the process listen on 127.0.0.1 only.
'use strict';
const net = require('net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
    const [first, second] = given;
    if (typeof first === 'number' || typeof first === 'string' && /^\d+$/.test(first)) {
        const rest = typeof second === 'string' ? given.slice(2) : given.slice(1);
        return listen.call(this, Number(first), '127.0.0.1', ...rest.filter((value) => value !== undefined));
    }
    if (first && typeof first === 'object' && first.port !== undefined) {
        return listen.call(this, Object.assign({}, first, { host: '127.0.0.1' }), ...given.slice(1));
    }
    return listen.apply(this, given);
};
