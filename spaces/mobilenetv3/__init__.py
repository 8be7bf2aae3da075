"""MobileNetV3 as Once-for-All searches it (Cai et al., 2020): five units of elastic depth, kernel and expansion.

``Subnet`` is one architecture and ``MobileNetV3`` the space. ``network`` holds the torch network of a subnet, ``cost``
its exact size, ``supernet`` the one network whose weights all subnets share, ``recalibration`` what must come before
one of them is evaluated, ``checkpoint`` and ``official_checkpoint`` the files of weights. ``SubnetSample`` is a part of
the space that can be enumerated.
"""

from nas_plugins.spaces.mobilenetv3.space import MobileNetV3
from nas_plugins.spaces.mobilenetv3.subnet import Subnet
from nas_plugins.spaces.mobilenetv3.subnet_sample import SubnetSample

__all__ = ["MobileNetV3", "Subnet", "SubnetSample"]
